using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Pellucid.Web.Languages;

namespace Pellucid.Cli.Tour;

/// <summary>Words of the trade, explained once for all: where one comes first in a chapter, it leads to what it means.</summary>
internal sealed class Glossary
{
    // Each is said as "word|other form of it: what it means"; what it means may be said already, where the explorer explains it.
    private static readonly (string Key, string? Meaning)[] Entries =
    [
        ("tour.glossary.token", "glossary.token-means"), ("tour.glossary.vector", null),
        ("tour.glossary.embedding", "glossary.embedding-means"), ("tour.glossary.cosine", null), ("tour.glossary.layer", null),
        ("tour.glossary.attention", "glossary.attention-means"),
        ("tour.glossary.head", "glossary.head-means"), ("tour.glossary.induction", "glossary.induction-means"),
        ("tour.glossary.feed-forward", "glossary.feed-forward-means"), ("tour.glossary.neuron", "glossary.neuron-means"),
        ("tour.glossary.logit", "glossary.logit-means"), ("tour.glossary.difference", "glossary.logit-difference-means"),
        ("tour.glossary.lens", "glossary.logit-lens-means"), ("tour.glossary.probe", null), ("tour.glossary.rank", null),
        ("tour.glossary.loss", null), ("tour.glossary.nat", "glossary.nats-means"), ("tour.glossary.gradient", null),
        ("tour.glossary.power-law", null), ("tour.glossary.fit", null), ("tour.glossary.patching", null),
        ("tour.glossary.circuit", null), ("tour.glossary.control", null), ("tour.glossary.baseline", null),
        ("tour.glossary.error", null), ("tour.glossary.correlation", null), ("tour.glossary.belief", null),
        ("tour.glossary.sft", null), ("tour.glossary.reward", null), ("tour.glossary.ppo", null), ("tour.glossary.dpo", null),
        ("tour.glossary.divergence", null),
    ];

    private static readonly char[] Colons = [':', '：'];

    // By language: which word stands for which entry, and a pattern that finds any of them, longer ones first.
    private readonly Dictionary<Language, (Dictionary<string, string> Entries, Regex Pattern)> _words = Language.All.ToDictionary(
        language => language, language =>
        {
            var entries = Entries.SelectMany(entry =>
                    WordsOf(language[entry.Key]).Select(word => (Word: WebUtility.HtmlEncode(word), entry.Key)))
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
        foreach (var (key, meaning) in Entries)
            page.Append($"<dt id=\"{Anchor(key)}\">{each(language => WordsOf(language[key])[0])}</dt>"
                + $"<dd>{each(language => meaning is null ? MeaningIn(language[key]) : language[meaning])}</dd>\n");
        page.Append("</dl>\n");
    }

    private static string Anchor(string key) => "g-" + key.Split('.')[^1];

    private static string[] WordsOf(string said) => said.Split(Colons)[0].Split('|');

    private static string MeaningIn(string said) => said[(said.IndexOfAny(Colons) + 1)..].Trim();
}
