namespace Pellucid.Tuning;

/// <summary>A text as tokens, and which of them are learned: those that the model is to write.</summary>
/// <param name="Tokens">At least one.</param>
/// <param name="Learned">Of each token whether the model learns to write it; what the first says counts for nothing.</param>
internal sealed record TuningExample(int[] Tokens, bool[] Learned)
{
    /// <summary>What each token weighs where it is learned, above 0; null where all weigh 1.</summary>
    public float[]? Weights { get; init; }

    /// <summary>How many tokens are learned.</summary>
    public int LearnedCount => Learned.Skip(1).Count(learned => learned);

    /// <summary>What they weigh together.</summary>
    public double LearnedWeight => Weights is null ? LearnedCount
        : Weights.Zip(Learned).Skip(1).Sum(each => each.Second ? (double)each.First : 0);

    /// <summary>A prompt, of which nothing is learned, and an answer, of which everything is.</summary>
    public static TuningExample Of(ReadOnlySpan<int> prompt, ReadOnlySpan<int> answer)
    {
        var learned = new bool[prompt.Length + answer.Length];
        learned.AsSpan(prompt.Length).Fill(true);
        return new([.. prompt, .. answer], learned);
    }

    /// <summary>A text of which all is learned.</summary>
    public static TuningExample OfText(int[] tokens) => new(tokens, [.. Enumerable.Repeat(true, tokens.Length)]);

    /// <summary>The first tokens of it, or the last ones.</summary>
    public TuningExample Cut(int length, bool keepEnd = false) => Tokens.Length <= length ? this
        : keepEnd ? Part(Tokens.Length - length, Tokens.Length) : Part(0, length);

    /// <summary>Some of its tokens, those before <paramref name="end"/>.</summary>
    public TuningExample Part(int first, int end) =>
        new(Tokens[first..end], Learned[first..end]) { Weights = Weights?[first..end] };
}
