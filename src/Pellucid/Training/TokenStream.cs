using Pellucid.Tensors;

namespace Pellucid.Training;

/// <summary>Tokens of a text, the last part of it set aside for validation, or of another one.
/// Which ones a step sees is a function of seed and step.</summary>
public sealed class TokenStream
{
    private const uint DrawPurpose = 0x7461726b;

    private readonly TokenStore _tokens, _validation;
    private readonly long _validationStart;
    private readonly int[] _sequence;

    /// <summary>The first share of the tokens is for training, the rest for validation.</summary>
    /// <exception cref="ArgumentException">Either part is shorter than one sequence and its next token.</exception>
    public TokenStream(TokenStore tokens, int sequenceLength, double trainingShare = 0.9)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        (_tokens, TrainingTokens, SequenceLength) = (tokens, (long)(tokens.Count * trainingShare), sequenceLength);
        (_validation, _validationStart) = (tokens, TrainingTokens);
        var shorter = Math.Min(TrainingTokens, ValidationTokens);
        if (shorter < sequenceLength + 1)
            throw new ArgumentException($"the text has {tokens.Count} tokens; with {1 - trainingShare:0%} set aside for validation, "
                + $"sequences of {sequenceLength} need at least {MinimumTokens(sequenceLength, trainingShare)}");
        _sequence = new int[sequenceLength + 1];
    }

    /// <summary>All of one text is for training, and all of another for validation.</summary>
    /// <exception cref="ArgumentException">Either is shorter than one sequence and its next token.</exception>
    public TokenStream(TokenStore training, TokenStore validation, int sequenceLength)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(validation);
        foreach (var (text, tokens) in (ReadOnlySpan<(string, TokenStore)>)[("training", training), ("validation", validation)])
            if (tokens.Count < sequenceLength + 1)
                throw new ArgumentException(
                    $"the text for {text} has {tokens.Count} tokens; sequences of {sequenceLength} need at least {sequenceLength + 1}");
        (_tokens, _validation, TrainingTokens, SequenceLength) = (training, validation, training.Count, sequenceLength);
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
    public long ValidationTokens => _validation.Count - _validationStart;

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
        var place = _validationStart + (long)((Int128)index * (places - 1) / Math.Max(1, count - 1));
        _validation.CopyTo(Math.Min(place, _validation.Count - SequenceLength - 1), _sequence);
        return _sequence;
    }

    /// <summary>A sequence and its next token, from a place of the text for training on; valid until the next one.</summary>
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
