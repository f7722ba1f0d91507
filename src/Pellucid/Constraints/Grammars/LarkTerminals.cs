namespace Pellucid.Constraints.Grammars;

/// <summary>Terminals that grammars of Lark import from <c>common</c>, as expressions.</summary>
internal static class LarkTerminals
{
    private const string Int = "[0-9]+", Exponent = "[eE][+-]?[0-9]+", Decimal = @"([0-9]+\.[0-9]*|\.[0-9]+)",
        Float = $"([0-9]+{Exponent}|{Decimal}({Exponent})?)", Number = $"({Float}|{Int})";

    /// <summary>The expression of a terminal; null of one that is not there.</summary>
    public static string? Expression(string name) => name switch
    {
        "DIGIT" => "[0-9]",
        "HEXDIGIT" => "[0-9a-fA-F]",
        "INT" => Int,
        "SIGNED_INT" => "[+-]?" + Int,
        "DECIMAL" => Decimal,
        "FLOAT" => Float,
        "SIGNED_FLOAT" => "[+-]?" + Float,
        "NUMBER" => Number,
        "SIGNED_NUMBER" => "[+-]?" + Number,
        "ESCAPED_STRING" => """
            "([^"\\\n]|\\[^\n])*"
            """,
        "LCASE_LETTER" => "[a-z]",
        "UCASE_LETTER" => "[A-Z]",
        "LETTER" => "[A-Za-z]",
        "WORD" => "[A-Za-z]+",
        "CNAME" => "[_A-Za-z][_A-Za-z0-9]*",
        "WS_INLINE" => @"[ \t]+",
        "WS" => @"[ \t\f\r\n]+",
        "CR" => @"\r",
        "LF" => @"\n",
        "NEWLINE" => @"(\r?\n)+",
        _ => null,
    };
}
