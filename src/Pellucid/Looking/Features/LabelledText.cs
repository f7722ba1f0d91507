using Pellucid.Tokens;
using Pellucid.Worlds;

namespace Pellucid.Looking.Features;

/// <summary>Some passages as a window of tokens, and all that is true of each token.</summary>
internal sealed record LabelledText(int[] Tokens, IReadOnlyList<(string Kind, string Label)>[] Labels)
{
    private const string Topic = "topic", Sense = "sense", Person = "person";

    /// <summary>Passage after passage, as many in a window as it holds, up to so many tokens in all.</summary>
    public static IEnumerable<LabelledText> Pack(IEnumerable<Passage> passages, Tokenizer tokenizer, int length, int most, int? begin)
    {
        int[] front = begin is { } first ? [first] : [];
        var (tokens, labels, all) = (front.ToList(), front.Select(_ => new List<(string, string)>()).ToList(), 0);
        foreach (var passage in passages)
        {
            var text = new AlignedText(tokenizer, passage.Text + "\n");
            if (tokens.Count + text.Tokens.Length > length && tokens.Count > front.Length)
            {
                yield return new LabelledText([.. tokens], [.. labels]);
                if ((all += tokens.Count) >= most)
                    yield break;
                (tokens, labels) = (front.ToList(), front.Select(_ => new List<(string, string)>()).ToList());
            }
            if (front.Length + text.Tokens.Length > length)
                continue;
            var here = tokens.Count;
            tokens.AddRange(text.Tokens);
            labels.AddRange(text.Tokens.Select(_ => new List<(string, string)> { (Topic, passage.Phenomenon) }));
            labels[^1].Clear(); // the line's end is about nothing
            foreach (var mark in passage.Of(AnnotationKind.Sense).Where(mark => passage.Facts.Any(fact =>
                fact.Relation is "homonym" or "polyseme" && mark.Label.StartsWith(fact.Subject + ":", StringComparison.Ordinal))))
                labels[here + text.TokenBefore(mark.Span.End)].Add((Sense, mark.Label));
            foreach (var mark in passage.Of(AnnotationKind.Reference).Where(mark => People.All.Any(person => person.Name == mark.Label)))
                labels[here + text.TokenBefore(mark.Span.End)].Add((Person, mark.Label));
        }
    }
}
