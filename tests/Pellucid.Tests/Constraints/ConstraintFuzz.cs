using Pellucid.Constraints;
using Pellucid.Tests.Hostile;

namespace Pellucid.Tests.Constraints;

/// <summary>What came of some cases.</summary>
/// <param name="Failure">What went wrong first; null if nothing did.</param>
/// <param name="Longest">Processor time of the case that took longest.</param>
/// <param name="MostBytes">What the case that allocated most did in all, garbage included.</param>
internal readonly record struct FuzzedConstraints(string? Failure, TimeSpan Longest, long MostBytes);

/// <summary>Damaged schemas, grammars and expressions: each is compiled and asked about two texts, or refused, in bounded time and memory.
/// </summary>
internal static class ConstraintFuzz
{
    private const string Letters = "{}[]()|*+?\\\"^$-,:0919eu\ud800\n ";

    private const long BytesOfACase = 1L << 30;

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
        (OutputConstraint.Grammar,
        [
            "root ::= item (\",\" item){0,3}\nitem ::= \"a\" | [b-d\\n]+ | \"(\" root? \")\" # end\n",
            "%import common.WS\n%ignore WS\n?start: item (\",\" item) ~ 0..3 -> all\nitem: \"a\"i | B+ | \"(\" [start] \")\" // end\n"
                + "B: \"b\"..\"d\" | /[e-g]{2}/\n",
        ]),
        (OutputConstraint.Regex, [@"^(a|b{2,3})*[^\d\w-]?\p{Lu}+(?:\u00e9|x{1,20}y)+$"]),
    ];

    /// <summary>Runs cases until one goes wrong.</summary>
    public static FuzzedConstraints Run(ulong seed, long first, long cases)
    {
        var (longest, most) = (TimeSpan.Zero, 0L);
        for (var number = (ulong)first; number < (ulong)(first + cases); number++)
        {
            var random = new CaseRandom(seed, 0x6d61736b, number);
            var (compile, whole) = Compilers[random.Below(Compilers.Length)];
            var text = whole[random.Below(whole.Length)].ToList();
            for (var change = random.Below(4); change >= 0; change--)
                Damage(text, whole, ref random);
            var damaged = string.Concat(text);
            var (begun, allocated) = (Environment.CpuUsage.TotalTime, GC.GetAllocatedBytesForCurrentThread());
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
                return new($"constraints, seed {seed}, case {number}: {damaged}\n{error}", longest, most);
            }
            var (took, bytes) = (Environment.CpuUsage.TotalTime - begun, GC.GetAllocatedBytesForCurrentThread() - allocated);
            (longest, most) = (took > longest ? took : longest, Math.Max(most, bytes));
            if (took > Patience || bytes > BytesOfACase)
                return new($"constraints, seed {seed}, case {number} takes {took.TotalSeconds:N1} s and {bytes:N0} bytes: {damaged}",
                    longest, most);
        }
        return new(null, longest, most);
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
