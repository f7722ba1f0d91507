using Pellucid.Constraints.Grammars;
using Pellucid.Constraints.Masks;

namespace Pellucid.Constraints;

/// <summary>A text that is being written within a constraint: where it stands, and which tokens may follow.</summary>
public sealed class ConstrainedText
{
    private readonly Automaton _automaton;
    private readonly TokenMasks _masks;
    private readonly object _lock;
    private State _state;

    internal ConstrainedText(Automaton automaton, TokenMasks masks, TokenVocabulary vocabulary, object shared) =>
        (_automaton, _masks, Vocabulary, _lock, _state) = (automaton, masks, vocabulary, shared, automaton.Start());

    /// <summary>Whether the text may end here.</summary>
    public bool MayEnd => _state.MayEnd;

    /// <summary>Whether nothing may follow any more.</summary>
    public bool IsComplete => _state.Threads.Length == 0;

    internal TokenVocabulary Vocabulary { get; }

    /// <summary>Which tokens may follow: bit t of the words, 64 a word, says so of token t. Special tokens may
    /// where they are asked for by name alone.</summary>
    public ReadOnlySpan<ulong> Mask()
    {
        lock (_lock)
            return _masks.Of(_state);
    }

    /// <summary>Whether bytes may follow, looked at one by one.</summary>
    internal bool Admits(ReadOnlySpan<byte> bytes)
    {
        var state = _state;
        foreach (var value in bytes)
            state = _automaton.Step(state, value);
        return state != State.Dead;
    }

    /// <summary>Takes note that a token was written; false, and nothing changes, where it may not follow.</summary>
    public bool Accept(int token) => Accept(Vocabulary.Bytes(token)) && Vocabulary.Bytes(token).Length > 0;

    /// <summary>Takes note that bytes were written; false, and nothing changes, where they may not follow.</summary>
    public bool Accept(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            var state = _state;
            foreach (var value in bytes)
                state = _automaton.Step(state, value);
            if (state == State.Dead)
                return false;
            _state = state;
            return true;
        }
    }
}
