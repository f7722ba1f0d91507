using System.Globalization;
using System.Text.RegularExpressions;

namespace Pellucid.Cli.Tests;

/// <summary>
/// A number that may have been measured: one with decimals, with commas between thousands, with an exponent, with ± or with a unit of
/// shares, time, memory or speed. What stands in code, and versions and heads that are called by their number, are names.
/// </summary>
internal sealed partial record Figure(string Written, int Place)
{
    private static readonly double[] Scales = [1, 100, 1e-3, 1e-6, 1e-9];

    private readonly double _value = Math.Abs(Parse(Written)), _slack = Slack(Written);

    /// <summary>The figures of a line of a page, whose code and links are blanked first.</summary>
    public static IEnumerable<Figure> Of(string line)
    {
        var prose = Links().Replace(Code().Replace(line, Blank), Blank);
        return Numbers().Matches(prose)
            .Where(match => match.Value.AsSpan().IndexOfAny(".,e") >= 0 || Unit().IsMatch(prose[(match.Index + match.Length)..]))
            .Where(match => !Name().IsMatch(prose[..match.Index])).Select(match => new Figure(match.Value, match.Index));
    }

    /// <summary>
    /// Whether one of these numbers is this one in the digits that it is written with: as it is, in hundredths, in thousands, millions
    /// or thousand millions.
    /// </summary>
    public bool IsAmong(IEnumerable<double> numbers) =>
        numbers.Any(number => Scales.Any(scale => Math.Abs(number * scale - _value) <= _slack));

    /// <summary>All numbers of a file, as documents or code write them.</summary>
    public static IReadOnlySet<double> AllOf(string text) => Shifts().Matches(text)
        .Select(match => (double)(long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) << int.Parse(match.Groups[2].Value,
            CultureInfo.InvariantCulture)))
        .Concat(AnyNumber().Matches(text).Select(match => Parse(match.Value))).ToHashSet();

    private static string Blank(Match match) => new('`', match.Length);

    private static double Parse(string written) => double.Parse(written.Replace("−", "", StringComparison.Ordinal)
        .Replace(",", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);

    // Half of the last digit that is written; noughts at the end of a number of five digits and more may be rounding.
    private static double Slack(string written)
    {
        var parts = written.Replace(",", "", StringComparison.Ordinal).Split('e');
        var exponent = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0;
        var digits = parts[0].Split('.');
        var last = digits.Length > 1 ? -digits[1].Length : digits[0].Length < 5 ? -9 : digits[0].Length - digits[0].TrimEnd('0').Length;
        return 0.50001 * Math.Pow(10, last + exponent);
    }

    [GeneratedRegex(@"(?<![\w.,/#^-])−?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e-?\d+)?(?!\.?\d|\w\w*\d)")]
    private static partial Regex Numbers();

    [GeneratedRegex(@"^ ?(?:±|%|(?:ms|s|seconds?|min|minutes?|hours?|[KMG]i?B|[GT]FLOP/s|words/s|times|nats?)\b|tokens a second"
        + @"|×(?= *(?:[|),;.]|$)))")]
    private static partial Regex Unit();

    [GeneratedRegex(@"(?:(?:\b(?:Llama|Qwen|Small|Unicode|gensim|Jinja2|LLamaSharp|transformers|heads?|Phi-3|GPT)|\.NET)[ -]?|arXiv )$")]
    private static partial Regex Name();

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex Code();

    [GeneratedRegex(@"(?<=\])\([^)]*\)")]
    private static partial Regex Links();

    [GeneratedRegex(@"(\d+)L? << (\d+)")]
    private static partial Regex Shifts();

    [GeneratedRegex(@"(?<![\w.])\d+(?:[,_]\d{3})*(?:\.\d+)?(?:e-?\d+)?")]
    private static partial Regex AnyNumber();
}
