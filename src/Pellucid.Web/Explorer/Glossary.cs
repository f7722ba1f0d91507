using System.Text.RegularExpressions;

namespace Pellucid.Web.Explorer;

/// <summary>The field's words, which the page and the report of the tour explain in the same sentences. In phrases a word that is
/// explained is written <c>[queries](query)</c>.</summary>
internal static partial class Glossary
{
    /// <summary>A word, and where the languages say it and what it means.</summary>
    /// <param name="Id">Such as <c>residual-stream</c>.</param>
    /// <param name="Name">The key of the word.</param>
    /// <param name="Meaning">The key of what it means.</param>
    public sealed record Entry(string Id, string Name, string Meaning);

    /// <summary>All of them, in the order in which a text meets them.</summary>
    public static IReadOnlyList<Entry> Entries { get; } =
    [
        new("token", "glossary.token", "glossary.token-means"),
        new("embedding", "glossary.embedding", "glossary.embedding-means"),
        new("residual-stream", "glossary.residual-stream", "glossary.residual-stream-means"),
        new("block", "glossary.block", "glossary.block-means"),
        new("attention", "glossary.attention", "glossary.attention-means"),
        new("head", "glossary.head", "glossary.head-means"),
        new("query", "glossary.query", "glossary.query-means"),
        new("key", "glossary.key", "glossary.key-means"),
        new("value", "glossary.value", "glossary.value-means"),
        new("score", "glossary.score", "glossary.score-means"),
        new("softmax", "glossary.softmax", "glossary.softmax-means"),
        new("feed-forward", "glossary.feed-forward", "glossary.feed-forward-means"),
        new("neuron", "glossary.neuron", "glossary.neuron-means"),
        new("gate", "glossary.gate", "glossary.gate-means"),
        new("expert", "glossary.expert", "glossary.expert-means"),
        new("layer-norm", "glossary.layer-norm", "glossary.layer-norm-means"),
        new("logit", "glossary.logit", "glossary.logit-means"),
        new("logit-difference", "glossary.logit-difference", "glossary.logit-difference-means"),
        new("logit-lens", "glossary.logit-lens", "glossary.logit-lens-means"),
        new("nats", "glossary.nats", "glossary.nats-means"),
        new("induction", "glossary.induction", "glossary.induction-means"),
    ];

    /// <summary>A phrase in pieces: text, and words that are explained, with their entries.</summary>
    public static IEnumerable<(string Text, Entry? Entry)> Pieces(string phrase)
    {
        var end = 0;
        foreach (Match match in Marked().Matches(phrase))
        {
            if (match.Index > end)
                yield return (phrase[end..match.Index], null);
            yield return (match.Groups[1].Value, Entries.Single(entry => entry.Id == match.Groups[2].Value));
            end = match.Index + match.Length;
        }
        if (end < phrase.Length)
            yield return (phrase[end..], null);
    }

    [GeneratedRegex(@"\[([^\]]+)\]\(([a-z-]+)\)")]
    private static partial Regex Marked();
}
