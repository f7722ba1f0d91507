using Pellucid.Constraints;
using Pellucid.Tests.Hostile;

namespace Pellucid.Tests.Constraints;

/// <summary>Damaged schemas, grammars and expressions: each is compiled and asked about a text, or refused, in bounded time.</summary>
internal static class ConstraintFuzz
{
    private const string Letters = "{}[]()|*+?\\\"^$-,:0919eu\ud800\n ";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly (Func<string, OutputConstraint> Compile, string[] Whole)[] Compilers =
    [
        (schema => OutputConstraint.JsonSchema(schema),
        [
            """
            {"type":"object","properties":{"a":{"$ref":"#/$defs/t"},"b":{"enum":[1,"x",null]}},"required":["a"],
            "$defs":{"t":{"type":"array","items":{"$ref":"#"}}}}
            """,
            """
            {"oneOf":[{"type":"number","minimum":1.5,"multipleOf":0.5},{"type":"string","pattern":"^[a-z]{2,5}$","maxLength":9},
            {"const":{"k":[]}}]}
            """,
            """
            {"if":{"required":["x"]},"then":{"minProperties":2},"else":{"not":{"contains":{"const":1}}},
            "patternProperties":{"^p":{"format":"date"}}}
            """,
        ]),
        (OutputConstraint.Grammar, ["root ::= item (\",\" item){0,3}\nitem ::= \"a\" | [b-d\\n]+ | \"(\" root? \")\" # end\n"]),
        (OutputConstraint.Regex, [@"^(a|b{2,3})*[^\d\w-]?\p{Lu}+(?:\u00e9|x{1,20}y)+$"]),
    ];

    /// <summary>What went wrong first; null if nothing did.</summary>
    public static string? Run(ulong seed, long first, long cases)
    {
        for (var number = (ulong)first; number < (ulong)(first + cases); number++)
        {
            var random = new CaseRandom(seed, 0x6d61736b, number);
            var (compile, whole) = Compilers[random.Below(Compilers.Length)];
            var text = whole[random.Below(whole.Length)].ToList();
            for (var change = random.Below(4); change >= 0; change--)
                Damage(text, whole, ref random);
            var damaged = string.Concat(text);
            var begun = Environment.CpuUsage.TotalTime;
            try
            {
                var constraint = compile(damaged);
                constraint.Admits("{\"a\":[[]],\"x\":\"ab\"}");
                constraint.Admits("a,bb,(a)");
            }
            catch (ConstraintException error) when (error.Message.Length is > 0 and < 600)
            {
                // refused in one line
            }
            catch (Exception error)
            {
                return $"constraints, seed {seed}, case {number}: {damaged}\n{error}";
            }
            if (Environment.CpuUsage.TotalTime - begun > Patience)
                return $"constraints, seed {seed}, case {number} takes too long: {damaged}";
        }
        return null;
    }

    private static void Damage(List<char> text, string[] whole, ref CaseRandom random)
    {
        var at = random.Below(text.Count);
        var other = whole[random.Below(whole.Length)];
        switch (random.Below(5))
        {
            case 0 when text.Count > 1:
                text.RemoveRange(at, Math.Min(Math.Min(text.Count - at, text.Count - 1), 1 + random.Below(8)));
                break;
            case 1:
                text.Insert(at, Letters[random.Below(Letters.Length)]);
                break;
            case 2:
                text.InsertRange(at, text.Skip(random.Below(text.Count)).Take(random.Below(40)).ToArray());
                break;
            case 3:
                text.InsertRange(at, other.Skip(random.Below(other.Length)).Take(random.Below(40)));
                break;
            default:
                text.InsertRange(at, Enumerable.Repeat((char)('0' + random.Below(10)), 1 + random.Below(5)));
                break;
        }
    }
}
