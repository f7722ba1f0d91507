namespace Pellucid.Cli.Parsing;

/// <summary>The word that somebody meant who wrote another.</summary>
internal static class Spelling
{
    // What other programs call our options.
    private static readonly Dictionary<string, string[]> OtherNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["--block-size"] = ["--context"],
        ["--max-length"] = ["--context", "--max-tokens"],
        ["--ctx-size"] = ["--context"],
        ["--n-predict"] = ["--max-tokens"],
        ["--num-predict"] = ["--max-tokens"],
        ["--learning-rate"] = ["--lr", "--alpha"],
        ["--iterations"] = ["--steps"],
        ["--max-iters"] = ["--steps"],
        ["--epochs"] = ["--steps"],
        ["--embedding-size"] = ["--width", "--size"],
        ["--hidden-size"] = ["--width"],
        ["--n-embd"] = ["--width"],
        ["--dim"] = ["--width", "--size"],
        ["--output"] = ["--out"],
        ["--top"] = ["--count"],
        ["--topn"] = ["--count", "--top"],
        ["--number"] = ["--count"],
        ["--input"] = ["--data"],
        ["--file"] = ["--data"],
        ["--quantize"] = ["--weights", "--type"],
        ["--port"] = ["--urls"],
        ["--host"] = ["--urls"],
    };

    /// <summary>The nearest of some words; null where none is near.</summary>
    public static string? Nearest(string word, IReadOnlyCollection<string> words)
    {
        word = word.Replace('_', '-');
        if (OtherNames.TryGetValue(word, out var ours) && ours.FirstOrDefault(words.Contains) is { } known)
            return known;
        var bare = word.TrimStart('-');
        if (bare.Length == 0)
            return null;
        var begun = words.Where(other => Bare(other).StartsWith(bare, StringComparison.OrdinalIgnoreCase)).MinBy(other => other.Length);
        if (begun is not null)
            return begun;
        var near = words.Select(other => (Word: other, Changes: Changes(bare.ToLowerInvariant(), Bare(other))))
            .MinBy(other => other.Changes);
        if (near.Word is not null && near.Changes <= Math.Max(1, Math.Max(bare.Length, Bare(near.Word).Length) / 3))
            return near.Word;
        var pieces = bare.Split('-');
        return words.Where(other => Bare(other).Split('-').Intersect(pieces, StringComparer.OrdinalIgnoreCase).Any())
            .MinBy(other => Changes(bare, Bare(other)));
    }

    private static string Bare(string word) => word.TrimStart('-');

    // Letters put in, left out, exchanged, or swapped with their neighbour (Damerau 1964), each once at most.
    private static int Changes(string a, string b)
    {
        var changes = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
            changes[i, 0] = i;
        for (var j = 0; j <= b.Length; j++)
            changes[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
            for (var j = 1; j <= b.Length; j++)
            {
                var least = Math.Min(Math.Min(changes[i - 1, j], changes[i, j - 1]) + 1,
                    changes[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    least = Math.Min(least, changes[i - 2, j - 2] + 1);
                changes[i, j] = least;
            }
        return changes[a.Length, b.Length];
    }
}
