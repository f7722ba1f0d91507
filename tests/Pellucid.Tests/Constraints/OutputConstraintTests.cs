using System.Globalization;
using System.Text;
using Pellucid.Constraints;
using Pellucid.Tokens;

namespace Pellucid.Tests.Constraints;

/// <summary>Expressions, choices, grammars and schemas by hand, and masks beside a look at every token.</summary>
public sealed class OutputConstraintTests
{
    [Theory]
    [InlineData("a|b+", "a bb", "ab ")]
    [InlineData("[a-c]{2,3}", "ab abc", "a abcd ad")]
    [InlineData(@"\d+(\.\d*)?", "1 10. 2.5", ". 1.2.3")]
    [InlineData("^x$", "x", "xx")]
    [InlineData(@"[^\x00-\x7F]", "é 猫 🎉", "e ee")]
    [InlineData(@"\p{Lu}\p{Ll}*", "Éa Z", "éa ZZ")]
    [InlineData("(a{2}){2}", "aaaa", "aa aaa aaaaa")]
    public void An_expression_matches_whole_texts(string expression, string matching, string others)
    {
        var constraint = OutputConstraint.Regex(expression);
        Assert.All(matching.Split(' '), text => Assert.True(constraint.Admits(text), text));
        Assert.All(others.Split(' '), text => Assert.False(constraint.Admits(text), text));
    }

    [Theory]
    [InlineData("(?=a)b", "looking ahead")]
    [InlineData(@"(a)\1", "reference to a group")]
    [InlineData(@"a\b", "border of words")]
    [InlineData("(a", "'(' without ')'")]
    [InlineData("[b-a]", "ends before it begins")]
    [InlineData("a{3,2}", "from 3 to 2 times")]
    [InlineData("^$a*(b$)+", "has ^ or $ inside")]
    public void What_is_more_than_regular_is_refused_by_name(string expression, string why) =>
        Assert.Contains(why, Assert.Throws<ConstraintException>(() => OutputConstraint.Regex(expression)).Message);

    [Fact]
    public void Long_and_deep_constraints_are_kept_to_or_refused()
    {
        foreach (var expression in (string[])[new string('a', 16_000), string.Concat(Enumerable.Repeat("a?", 8_000)),
            string.Concat(Enumerable.Repeat("(a|", 99)) + "b" + new string(')', 99), "(((a{1,1000}){1,1000}){1,1000}){1,1000}"])
            try
            {
                OutputConstraint.Regex(expression).Admits(new string('a', 100));
            }
            catch (ConstraintException error)
            {
                Assert.Contains("too complex", error.Message);
            }
    }

    [Fact]
    public void A_grammar_may_lead_back_to_itself_but_not_begin_with_itself()
    {
        var grammar = OutputConstraint.Grammar("""
            root  ::= expr # sums
            expr  ::= term (" + " term)*
            term  ::= [0-9]{1,3}
                    | "(" expr ")"
            """);
        Assert.All((string[])["1", "1 + 22", "((1) + (2 + 3))"], text => Assert.True(grammar.Admits(text), text));
        Assert.All((string[])["", "1 +", "((1)", "1234"], text => Assert.False(grammar.Admits(text), text));
        Assert.Contains("left recursion", Assert.Throws<ConstraintException>(() =>
            OutputConstraint.Grammar("root ::= root \"a\" | \"b\"")).Message);
        Assert.Contains("the rule x, which is not defined in line 1",
            Assert.Throws<ConstraintException>(() => OutputConstraint.Grammar("root ::= x")).Message);
    }

    [Fact]
    public void A_grammar_may_be_in_the_notation_of_Lark()
    {
        var sums = OutputConstraint.Grammar("""
            // sums of numbers and names
            %import common.INT -> NUMBER
            %import common (WS_INLINE, CNAME)
            ?start: sum
            sum: value (("+" | "-") value)*   -> add
               | "nothing"i
            value.2: NUMBER | CNAME | "(" sum ")"
                | COLOUR ["!"]
            COLOUR: "#" ("a".."f" | /[0-9]/) ~ 2..3
            %ignore WS_INLINE
            """);
        Assert.All((string[])["1", "1+22", " ( 1 +x_1)- 3 ", "NoThing", "#a0 !", "#abc+#99!"],
            text => Assert.True(sums.Admits(text), text));
        Assert.All((string[])["", "1 +", "(1", "1\n", "#a", "#a 0", "#abcd", "#ag", "no thing"],
            text => Assert.False(sums.Admits(text), text));
        Assert.True(OutputConstraint.Grammar("start: \"a\"").Admits("a"));
        foreach (var (grammar, why) in ((string, string)[])[("start: start \"a\" | \"b\"", "left recursion"),
            ("start: x", "the rule x, which is not defined in line 1"), ("a: \"b\"", "no rule called start"),
            ("start: \"a\"\n%declare X", "%declare, which is not supported in line 2"), ("start: list{\"a\"}", "the template list"),
            ("start: /a/i", "the flag i"), ("%import python.NAME\nstart: NAME", "but of common"), ("start: \"a\")", "')' in line 1"),
            ("start: A\nA: b\nb: \"b\"", "the rule b within a terminal in line 2"), ("start: \"ab\"..\"c\"", "a range"),
            ("start: \"a\" ~ 3..2", "repetition from 3 to 2 times"), ("%import common.NAME", "common.NAME, which is not known")])
            Assert.Contains(why, Assert.Throws<ConstraintException>(() => OutputConstraint.Grammar(grammar)).Message);
    }

    [Theory]
    [InlineData("""{"minimum":-1.5,"maximum":20,"type":"number"}""", "-1.5 -1 0 19.99 20 20.0", "-1.51 21 20.01 100 1e1")]
    [InlineData("""{"exclusiveMinimum":0,"type":"integer"}""", "1 10 1.0", "0 -1 0.5 -0")]
    [InlineData("""{"multipleOf":0.25}""", "0.25 1 -1.75 10.50 null", "0.3 1.1")]
    [InlineData("""{"type":"string","maxLength":2}""", "\"\" \"a\" \"猫é\" \"\\u00e9a\" \"\\ud83d\\ude00a\"", "\"abc\" \"\\ud83d\" a")]
    [InlineData("""{"pattern":"^a.c$","type":"string"}""", "\"abc\" \"a\\u0062c\"", "\"ac\" \"abcd\"")]
    [InlineData("""{"not":{"type":["string","object","array"]}}""", "1 true null", "\"a\" {} []")]
    [InlineData("""{"format":"date","type":"string"}""", "\"2024-02-29\"", "\"2023-02-29\" \"2024-13-01\"")]
    [InlineData("""{"nullable":true,"type":"string"}""", "null \"a\"", "1 {}")]
    public void Values_are_those_that_a_schema_describes(string schema, string valid, string invalid)
    {
        var constraint = OutputConstraint.JsonSchema(schema);
        Assert.All(valid.Split(' '), text => Assert.True(constraint.Admits(text), text));
        Assert.All(invalid.Split(' '), text => Assert.False(constraint.Admits(text), text));
    }

    [Fact]
    public void A_key_is_told_from_others_however_it_is_written()
    {
        var constraint = OutputConstraint.JsonSchema("""{"properties":{"é":{"type":"null"}},"additionalProperties":{"type":"integer"}}""");
        Assert.True(constraint.Admits("""{"é":null,"e":1}"""));
        Assert.True(constraint.Admits("""{"\u00e8":1}"""));
        Assert.False(constraint.Admits("""{"\u00e9":1}"""));
        Assert.False(constraint.Admits("""{"e":null}"""));
    }

    [Theory]
    [InlineData("""{"items":{"uniqueItems":true,"type":"array"}}""", "#/items/uniqueItems")]
    [InlineData("""{"properties":{"a":{"$ref":"#/nowhere"}}}""", "#/properties/a/$ref leads to '#/nowhere'")]
    [InlineData("""{"type":"thing"}""", "#/type")]
    [InlineData("""{"required":["a"],"properties":{"a":false},"type":"object"}""", "no text at all")]
    [InlineData("""{"allOf":[{"$ref":"#"}]}""", "")]
    [InlineData("{", "not JSON")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer","minimum":5,"maximum":3}},"required":["a"]}""", "no text at all")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string","minLength":3,"maxLength":2}},"required":["a"]}""",
        "no text at all")]
    [InlineData("""
        {"type":"object","properties":{"a":{"type":"integer","minimum":5,"maximum":3}},"minProperties":1,"additionalProperties":false}
        """, "no text at all")]
    [InlineData("""{"type":"array","items":{"type":"integer","multipleOf":10,"minimum":11,"maximum":19},"minItems":1}""", "no text at all")]
    [InlineData("""{"type":"array","prefixItems":[true,{"type":"string","pattern":"^a$","minLength":2}],"minItems":2}""",
        "no text at all")]
    [InlineData("""{"type":"array","contains":{"type":"integer","exclusiveMinimum":1,"exclusiveMaximum":2}}""", "no text at all")]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]}""", "no text at all")]
    public void What_a_schema_cannot_do_is_refused_by_name(string schema, string why)
    {
        if (why.Length > 0)
            Assert.Contains(why, Assert.Throws<ConstraintException>(() => OutputConstraint.JsonSchema(schema)).Message);
        else
            OutputConstraint.JsonSchema(schema);
    }

    [Theory]
    [InlineData("root ::= \"a\" \" \"? b\nb ::= \"b\"* b", "no text at all")]
    [InlineData("root ::= (\"a\" | b) b? [^\\x00-\\U0010FFFF]\nb ::= \"b\"", "no text at all")]
    [InlineData("%ignore \" \"\nstart: \"a\"? x\nx: \"b\" x | \"c\"? x", "no text at all")]
    public void A_grammar_with_a_part_that_is_empty_is_refused(string grammar, string why) =>
        Assert.Contains(why, Assert.Throws<ConstraintException>(() => OutputConstraint.Grammar(grammar)).Message);

    [Theory]
    [InlineData("""
        {"type":"object","properties":{"a":{"type":"integer","minimum":5,"maximum":3},"b":{"type":"boolean"}},"required":["b"],
        "additionalProperties":false}
        """, """{"b":true}""", """{"a":4,"b":true} {"a""")]
    [InlineData("""{"anyOf":[{"type":"array","items":{"type":"string","minLength":3,"maxLength":2},"minItems":1},{"type":"null"}]}""",
        "null", """[] ["abc"]""")]
    [InlineData("""{"type":"array","items":{"type":"integer","multipleOf":10,"minimum":11,"maximum":19}}""", "[]", "[10] [15]")]
    [InlineData("""
        {"type":"object","properties":{"a":{"type":"object","properties":{"b":{"type":"number","minimum":1,"exclusiveMaximum":1}},
        "required":["b"]}},"additionalProperties":{"type":"string","minLength":1,"maxLength":0}}
        """, "{}", """{"a":{"b":1}} {"c":""}""")]
    [InlineData("""
        {"type":"object","properties":{"n":{"type":"integer"},"next":{"$ref":"#"},"last":{"type":"object",
        "properties":{"last":{"$ref":"#/properties/last"}},"required":["last"]}},"required":["n"],"additionalProperties":false}
        """, """{"n":1} {"n":1,"next":{"n":2}}""", """{"n":1,"last":{"n":1}} {"n":1,"last":{"last":{"n":1}}}""")]
    [InlineData("""{"type":"integer","multipleOf":7,"minimum":1000,"maximum":1009}""", "1001 1008", "1000 1009")]
    [InlineData("""{"type":"integer","multipleOf":4000,"minimum":-9000,"maximum":50000}""", "-8000 0 48000", "8 50000 52000 -12000")]
    public void Parts_that_are_empty_are_left_out_and_nothing_leads_into_them(string schema, string valid, string invalid)
    {
        var constraint = OutputConstraint.JsonSchema(schema);
        Assert.All(valid.Split(' '), text => Assert.True(constraint.Admits(text), text));
        Assert.All(invalid.Split(' '), text => Assert.False(constraint.Admits(text), text));
        var random = new Random(1);
        for (var i = 0; i < 100; i++)
            Assert.True(constraint.Admits(Walk(constraint, random)));
    }

    // A random text, byte by byte, which ends where it may, sooner or later.
    private static string Walk(OutputConstraint constraint, Random random)
    {
        var written = constraint.Begin(new TokenVocabulary(CharacterTokenizer.FromText("a"u8)));
        var text = new List<byte>();
        while (!written.MayEnd || !written.IsComplete && random.Next(4) > 0)
        {
            var bytes = Enumerable.Range(0, 256).Select(value => (byte)value).ToArray();
            random.Shuffle(bytes);
            text.Add(bytes.FirstOrDefault(value => written.Accept([value])));
            Assert.True(text[^1] != 0, $"nothing may follow {Encoding.UTF8.GetString([.. text])}");
        }
        return Encoding.UTF8.GetString([.. text]);
    }

    [Fact]
    public void A_mask_has_the_tokens_whose_bytes_may_follow_and_no_others()
    {
        var tokenizer = BpeTrainer.Train(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(
            "{\"name\": \"Ann\", \"age\": 12, \"tags\": [\"a b\", \"é猫\", \"x\\n\"]}\nthe cat sat, \"quoted\": 3.5}]\n", 40))), 500);
        var vocabulary = new TokenVocabulary(tokenizer);
        foreach (var (schema, text) in (ReadOnlySpan<(string, string)>)
            [
                ("""{"properties":{"name":{"type":"string"},"age":{"type":"integer"}},"required":["name"]}""",
                    """{"name":"Ann é\n","age":12,"x":[1]}"""),
                ("""{"type":"array","items":{"type":"string","maxLength":5,"minLength":2}}""", """["a b","é猫é","x\n"]"""),
                ("""{"type":"string","pattern":"^[a-z ]+ca"}""", "\"the cat\""),
                ("""{"type":"string","maxLength":300}""", "\"the cat sat\""),
            ])
        {
            var constraint = OutputConstraint.JsonSchema(schema);
            var written = constraint.Begin(vocabulary);
            foreach (var value in Encoding.UTF8.GetBytes(text))
            {
                var mask = written.Mask();
                for (var token = 0; token < tokenizer.VocabularySize; token++)
                    Assert.Equal(tokenizer.Bytes(token).Length > 0 && written.Admits(tokenizer.Bytes(token)),
                        (mask[token >> 6] >> token & 1) != 0);
                Assert.True(written.Accept([value]), text);
            }
            Assert.True(written.MayEnd);
        }
    }

    [Theory]
    [InlineData("Lu")]
    [InlineData("L")]
    [InlineData("N")]
    [InlineData("So")]
    public void A_category_has_its_characters_and_no_others_plain_and_in_JSON_escaped_or_not(string name)
    {
        var (plain, json) = (OutputConstraint.Regex($@"\p{{{name}}}"),
            OutputConstraint.JsonSchema($$"""{"type":"string","pattern":"^\\p{{{name}}}$"}"""));
        var before = false;
        for (var value = (int)' '; value <= 0x10FFFF; value++)
        {
            if (value is >= 0xD800 and <= 0xDFFF || value is '"' or '\\')
                continue;
            var isIn = Codes[(int)CharUnicodeInfo.GetUnicodeCategory(value)].StartsWith(name, StringComparison.Ordinal);
            if (isIn == before && value % 997 != 0) // borders, and some between
                continue;
            before = isIn;
            var text = char.ConvertFromUtf32(value);
            Assert.Equal((isIn, isIn, isIn), (plain.Admits(text), json.Admits($"\"{text}\""),
                json.Admits($"\"{string.Concat(text.Select(unit => $"\\u{(int)unit:x4}"))}\"")));
        }
    }

    private static readonly string[] Codes = [.. "Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Zs Zl Zp Cc Cf Cs Co Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Cn"
        .Split(' ')];

    [Fact]
    public void Damaged_constraints_are_compiled_or_refused() =>
        Assert.Null(ConstraintFuzz.Run(seed: 1, 0, cases: 400).Failure);
}
