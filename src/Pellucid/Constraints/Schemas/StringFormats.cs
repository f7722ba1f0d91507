namespace Pellucid.Constraints.Schemas;

/// <summary>Formats of strings, as expressions that match them from start to end.</summary>
internal static class StringFormats
{
    private const string Month31 = "(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])", Month30 = "(0[469]|11)-(0[1-9]|[12][0-9]|30)";
    private const string February = "02-(0[1-9]|1[0-9]|2[0-8])";
    private const string Leap = "([0-9][0-9](0[48]|[2468][048]|[13579][26])|(00|[02468][48]|[13579][26]|[2468]0)00)-02-29";
    private const string Date = $"([0-9]{{4}}-({Month31}|{Month30}|{February})|{Leap})";
    private const string Offset = "([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])", Fraction = "([.][0-9]+)?";
    private const string Time =
        $"(([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]{Fraction}{Offset}|23:59:60{Fraction}([Zz]|[+-]00:00))"; // RFC 3339, with leap seconds

    private const string Octet = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
    private const string IPv4 = $"{Octet}([.]{Octet}){{3}}";
    private const string Group = "[0-9A-Fa-f]{1,4}", Last = $"({Group}:{Group}|{IPv4})";
    private const string IPv6 = $"(({Group}:){{6}}{Last}|::({Group}:){{5}}{Last}|({Group})?::({Group}:){{4}}{Last}"
        + $"|(({Group}:){{0,1}}{Group})?::({Group}:){{3}}{Last}|(({Group}:){{0,2}}{Group})?::({Group}:){{2}}{Last}"
        + $"|(({Group}:){{0,3}}{Group})?::{Group}:{Last}|(({Group}:){{0,4}}{Group})?::{Last}"
        + $"|(({Group}:){{0,5}}{Group})?::{Group}|(({Group}:){{0,6}}{Group})?::)";

    private const string Label = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?", HostName = $"{Label}([.]{Label})*";
    private const string Atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
    private const string QuotedName = "\"([ !#-\\[\\]-~]|\\\\[ -~])*\"";
    private const string Email = $"({Atom}([.]{Atom})*|{QuotedName})@({HostName}|\\[{IPv4}\\]|\\[IPv6:{IPv6}\\])";

    // RFC 3986
    private const string Escaped = "%[0-9A-Fa-f]{2}", Unreserved = "A-Za-z0-9._~!$&'()*+,;=\\-", Path = $"([{Unreserved}:@/]|{Escaped})*";
    private const string PathCharacter = $"([{Unreserved}:@]|{Escaped})";
    private const string Authority = $"(([{Unreserved}:]|{Escaped})*@)?(\\[({IPv6}|v[0-9A-Fa-f]+[.][{Unreserved}:]+)\\]"
        + $"|([{Unreserved}]|{Escaped})*)(:[0-9]*)?";
    private const string Tail = $"([?]([{Unreserved}:@/?]|{Escaped})*)?(#([{Unreserved}:@/?]|{Escaped})*)?";
    private const string Rooted = $"(//{Authority}(/{Path})?|/({PathCharacter}+(/{Path})?)?)";
    private const string Uri = $"[A-Za-z][A-Za-z0-9+.-]*:({Rooted}|{PathCharacter}+(/{Path})?)?{Tail}";
    private const string FirstSegment = $"([{Unreserved}@]|{Escaped})+";
    private const string UriReference = $"({Uri}|({Rooted}|{FirstSegment}(/{Path})?)?{Tail})";

    private const string TimePart = "T([0-9]+H([0-9]+M([0-9]+S)?)?|[0-9]+M([0-9]+S)?|[0-9]+S)";
    private const string DayPart = "([0-9]+Y([0-9]+M([0-9]+D)?)?|[0-9]+M([0-9]+D)?|[0-9]+D)";
    private const string JsonPointer = "(/([^~/]|~[01])*)*";

    // One that is empty is defined, and not supported.
    private static readonly Dictionary<string, string> Expressions = new()
    {
        ["date"] = Date,
        ["time"] = Time,
        ["date-time"] = $"{Date}[Tt]{Time}",
        ["duration"] = $"P({DayPart}({TimePart})?|{TimePart}|[0-9]+W)",
        ["email"] = Email,
        ["hostname"] = HostName,
        ["ipv4"] = IPv4,
        ["ipv6"] = IPv6,
        ["uuid"] = "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}",
        ["uri"] = Uri,
        ["uri-reference"] = UriReference,
        ["json-pointer"] = JsonPointer,
        ["relative-json-pointer"] = $"(0|[1-9][0-9]*)(#|{JsonPointer})",
        ["idn-email"] = "",
        ["idn-hostname"] = "",
        ["iri"] = "",
        ["iri-reference"] = "",
        ["uri-template"] = "",
        ["regex"] = "",
    };

    /// <summary>The expression of a format; empty if it is not supported, null if JSON Schema defines none of that name:
    /// it then says nothing that a validator would check.</summary>
    public static string? Of(string format) => Expressions.GetValueOrDefault(format);
}
