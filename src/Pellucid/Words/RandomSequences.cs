using Pellucid.Tensors;

namespace Pellucid.Words;

/// <summary>Random bits, one number after another.</summary>
internal interface IRandomSequence
{
    ulong Next();
}

/// <summary>The linear congruential generator of word2vec.c.</summary>
internal struct OriginalRandom(ulong state) : IRandomSequence
{
    private ulong _state = state;

    public ulong Next() => _state = _state * 25214903917 + 11;
}

/// <summary>Counter-based numbers in sequence.</summary>
internal struct CountedRandom(ulong seed, uint purpose, ulong step) : IRandomSequence
{
    private readonly ulong _key = CounterRandom.Key(seed, purpose, step);
    private ulong _element;

    public ulong Next() => CounterRandom.LongBits(_key, _element++);
}
