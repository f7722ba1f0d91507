using Pellucid.Tensors;

namespace Pellucid.Training;

/// <summary>Tokens of a text, the last part of it set aside for validation. Which ones a step sees is a function of seed and step.</summary>
public sealed class TokenStream
{
    private const uint DrawPurpose = 0x7461726b;

    private readonly int[] _tokens;
    private readonly int _split;

    /// <summary>The first share of the tokens is for training, the rest for validation.</summary>
    /// <exception cref="ArgumentException">Either part is shorter than one sequence and its next token.</exception>
    public TokenStream(int[] tokens, int sequenceLength, double trainingShare = 0.9)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        (_tokens, _split, SequenceLength) = (tokens, (int)(tokens.Length * trainingShare), sequenceLength);
        var shorter = Math.Min(_split, tokens.Length - _split);
        if (shorter < sequenceLength + 1)
            throw new ArgumentException($"the text has {tokens.Length} tokens; with {1 - trainingShare:0%} set aside for validation, sequences of {sequenceLength} need at least {MinimumTokens(sequenceLength, trainingShare)}");
    }

    /// <summary>Tokens of a sequence.</summary>
    public int SequenceLength { get; }

    /// <summary>Tokens for training.</summary>
    public int TrainingTokens => _split;

    /// <summary>Tokens for validation.</summary>
    public int ValidationTokens => _tokens.Length - _split;

    /// <summary>A sequence and its next token, drawn at random from the training part.</summary>
    public ReadOnlySpan<int> Draw(ulong seed, int step, int sequence)
    {
        var places = (ulong)(_split - SequenceLength);
        var place = (int)(CounterRandom.Bits(seed, DrawPurpose, (ulong)step, (ulong)sequence) * places >> 32);
        return _tokens.AsSpan(place, SequenceLength + 1);
    }

    /// <summary>Sequence <paramref name="index"/> of <paramref name="count"/>, spread evenly over the validation part.</summary>
    public ReadOnlySpan<int> Validation(int index, int count)
    {
        var places = ValidationTokens - SequenceLength;
        var place = _split + (int)((long)index * (places - 1) / Math.Max(1, count - 1));
        return _tokens.AsSpan(Math.Min(place, _tokens.Length - SequenceLength - 1), SequenceLength + 1);
    }

    private static int MinimumTokens(int sequenceLength, double share)
    {
        var count = 2 * (sequenceLength + 1);
        while (Math.Min((int)(count * share), count - (int)(count * share)) < sequenceLength + 1)
            count++;
        return count;
    }
}
