using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Pellucid.Web.Languages;

namespace Pellucid.Cli.Tour;

/// <summary>Words of the trade, explained once for all: where one comes first in a chapter, it leads to what it means.</summary>
internal sealed class Glossary
{
    // Each is said as "word|other form of it: what it means".
    private static readonly string[] Keys =
    [
        "tour.glossary.token", "tour.glossary.vector", "tour.glossary.embedding", "tour.glossary.cosine", "tour.glossary.layer",
        "tour.glossary.attention", "tour.glossary.head", "tour.glossary.induction", "tour.glossary.feed-forward", "tour.glossary.neuron",
        "tour.glossary.logit", "tour.glossary.difference", "tour.glossary.lens", "tour.glossary.probe", "tour.glossary.rank",
        "tour.glossary.loss", "tour.glossary.nat", "tour.glossary.gradient", "tour.glossary.power-law", "tour.glossary.fit",
        "tour.glossary.patching", "tour.glossary.circuit", "tour.glossary.control", "tour.glossary.baseline", "tour.glossary.error",
        "tour.glossary.correlation", "tour.glossary.belief", "tour.glossary.sft", "tour.glossary.reward", "tour.glossary.ppo",
        "tour.glossary.dpo", "tour.glossary.divergence",
    ];

    private static readonly char[] Colons = [':', '：'];

    // By language: which word stands for which entry, and a pattern that finds any of them, longer ones first.
    private readonly Dictionary<Language, (Dictionary<string, string> Entries, Regex Pattern)> _words = Language.All.ToDictionary(
        language => language, language =>
        {
            var entries = Keys.SelectMany(key => Split(language[key]).Words.Select(word => (Word: WebUtility.HtmlEncode(word), Key: key)))
                .ToDictionary(pair => pair.Word, pair => pair.Key, StringComparer.OrdinalIgnoreCase);
            var any = string.Join('|', entries.Keys.OrderByDescending(word => word.Length).Select(Regex.Escape));
            return (entries, new Regex($"(?<![A-Za-z-])(?:{any})(?![A-Za-z-])", RegexOptions.IgnoreCase));
        });

    private readonly HashSet<(Language, string)> _linked = [];

    /// <summary>A chapter begins, in which no word has been explained yet.</summary>
    public void Begin() => _linked.Clear();

    /// <summary>A text as HTML, whose words of the trade lead to their explanation.</summary>
    public string Linked(string text, Language language)
    {
        var (entries, pattern) = _words[language];
        return pattern.Replace(WebUtility.HtmlEncode(text), match => _linked.Add((language, entries[match.Value]))
            ? $"<a class=\"term\" href=\"#{Anchor(entries[match.Value])}\">{match.Value}</a>" : match.Value);
    }

    /// <summary>Everything that is explained.</summary>
    /// <param name="page">Where the list goes.</param>
    /// <param name="each">Says something in every language.</param>
    public static void AppendTo(StringBuilder page, Func<Func<Language, string>, string> each)
    {
        page.Append("<dl>\n");
        foreach (var key in Keys)
            page.Append($"<dt id=\"{Anchor(key)}\">{each(language => Split(language[key]).Words[0])}</dt>"
                + $"<dd>{each(language => Split(language[key]).Meaning)}</dd>\n");
        page.Append("</dl>\n");
    }

    private static string Anchor(string key) => "g-" + key.Split('.')[^1];

    private static (string[] Words, string Meaning) Split(string said)
    {
        var end = said.IndexOfAny(Colons);
        return (said[..end].Split('|'), said[(end + 1)..].Trim());
    }
}
