using Pellucid.Tensors;

namespace Pellucid.Training;

/// <summary>Tokens of a text, the last part of it set aside for validation.
/// Which ones a step sees is a function of seed and step.</summary>
public sealed class TokenStream
{
    private const uint DrawPurpose = 0x7461726b;

    private readonly TokenStore _tokens;
    private readonly int[] _sequence;

    /// <summary>The first share of the tokens is for training, the rest for validation.</summary>
    /// <exception cref="ArgumentException">Either part is shorter than one sequence and its next token.</exception>
    public TokenStream(TokenStore tokens, int sequenceLength, double trainingShare = 0.9)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        (_tokens, TrainingTokens, SequenceLength) = (tokens, (long)(tokens.Count * trainingShare), sequenceLength);
        var shorter = Math.Min(TrainingTokens, ValidationTokens);
        if (shorter < sequenceLength + 1)
            throw new ArgumentException($"the text has {tokens.Count} tokens; with {1 - trainingShare:0%} set aside for validation, "
                + $"sequences of {sequenceLength} need at least {MinimumTokens(sequenceLength, trainingShare)}");
        _sequence = new int[sequenceLength + 1];
    }

    /// <summary>The same, of tokens in memory.</summary>
    public TokenStream(int[] tokens, int sequenceLength, double trainingShare = 0.9)
        : this(new TokenStore(tokens), sequenceLength, trainingShare)
    {
    }

    /// <summary>Tokens of a sequence.</summary>
    public int SequenceLength { get; }

    /// <summary>Tokens for training.</summary>
    public long TrainingTokens { get; }

    /// <summary>Tokens for validation.</summary>
    public long ValidationTokens => _tokens.Count - TrainingTokens;

    /// <summary>Where the sequence begins that <see cref="Draw"/> gives.</summary>
    public long PlaceOf(ulong seed, int step, int sequence)
    {
        var places = (ulong)(TrainingTokens - SequenceLength);
        ulong Bits(uint purpose) => CounterRandom.Bits(seed, purpose, (ulong)step, (ulong)sequence);
        return places <= uint.MaxValue ? (long)(Bits(DrawPurpose) * places >> 32)
            : (long)Math.BigMul(Bits(DrawPurpose) << 32 | Bits(DrawPurpose + 1), places, out _);
    }

    /// <summary>A sequence and its next token, drawn at random from the training part; valid until the next one.</summary>
    public ReadOnlySpan<int> Draw(ulong seed, int step, int sequence) => At(PlaceOf(seed, step, sequence));

    /// <summary>Sequence <paramref name="index"/> of <paramref name="count"/>, spread evenly over the validation part;
    /// valid until the next one.</summary>
    public ReadOnlySpan<int> Validation(int index, int count)
    {
        var places = ValidationTokens - SequenceLength;
        var place = TrainingTokens + (long)((Int128)index * (places - 1) / Math.Max(1, count - 1));
        return At(Math.Min(place, _tokens.Count - SequenceLength - 1));
    }

    /// <summary>A sequence and its next token, from a place on; valid until the next one.</summary>
    public ReadOnlySpan<int> At(long place)
    {
        _tokens.CopyTo(place, _sequence);
        return _sequence;
    }

    private static int MinimumTokens(int sequenceLength, double share)
    {
        var count = 2 * (sequenceLength + 1);
        while (Math.Min((int)(count * share), count - (int)(count * share)) < sequenceLength + 1)
            count++;
        return count;
    }
}
