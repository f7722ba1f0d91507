using Pellucid.Constraints.Grammars;
using Pellucid.Constraints.Terms;

namespace Pellucid.Constraints.Masks;

/// <summary>
/// Which tokens may follow in each state of a constraint. A token may follow if its bytes lead to a state from which a text can be
/// ended. Within strings of JSON most tokens are plain characters, and are admitted as far as any such characters are, without a look
/// at each (Ivanov et al. 2025, LLGuidance, call that slices).
/// </summary>
internal sealed class TokenMasks(Automaton automaton, TokenVocabulary vocabulary)
{
    private const int MostMasks = 1024, MostPlainStates = 512;
    private readonly List<State> _masked = [];
    private readonly List<State> _successors = [];
    private readonly HashSet<(State, int)> _within = [];

    /// <summary>The mask of a state, a bit for each token.</summary>
    public ulong[] Of(State state)
    {
        if (state.Mask is { } known)
            return known;
        var mask = Compute(state);
        if (_masked.Count == MostMasks)
        {
            _masked.ForEach(old => old.Mask = null);
            _masked.Clear();
        }
        _masked.Add(state);
        return state.Mask = mask;
    }

    private ulong[] Compute(State state)
    {
        var widened = automaton.Widen(state, TokenVocabulary.LongestUsual);
        if (widened != state)
        {
            var wide = (ulong[])Of(widened).Clone();
            foreach (var token in vocabulary.LongTokens)
                wide[token >> 6] &= ~(1ul << token);
            vocabulary.Long.Mark(automaton, state, wide);
            return wide;
        }
        var mask = new ulong[vocabulary.Words];
        if (PlainDepth(state) is var depth and >= 0)
            vocabulary.PlainUpTo(depth).CopyTo(mask, 0);
        else
            vocabulary.Plain.Mark(automaton, state, mask);
        vocabulary.Others.Mark(automaton, state, mask);
        vocabulary.Long.Mark(automaton, state, mask);
        return mask;
    }

    /// <summary>
    /// Up to how many plain characters, of whatever kind, may follow, where no longer run of them may; −1 if that depends on which.
    /// </summary>
    private int PlainDepth(State start)
    {
        var (isKnown, most) = (true, 0);
        foreach (var thread in start.Threads)
        {
            var run = PlainRun(thread.Term);
            if (run >= vocabulary.Longest)
                return vocabulary.Longest;
            (isKnown, most) = (isKnown && run >= 0, Math.Max(most, run));
        }
        if (isKnown)
            return most;
        if (IsEndless(start))
            return vocabulary.Longest;
        var level = new HashSet<State> { start };
        for (var depth = 0; depth < vocabulary.Longest; depth++)
        {
            var next = new HashSet<State>();
            var (isSomeDead, isEveryDead) = (false, true);
            foreach (var state in level)
            {
                var (successors, some, every) = AfterPlain(state);
                (isSomeDead, isEveryDead) = (isSomeDead || some, isEveryDead && every);
                next.UnionWith(successors);
            }
            if (isSomeDead)
                return isEveryDead ? depth : -1;
            if (next.Count > MostPlainStates)
                return -1;
            level = next;
        }
        return vocabulary.Longest;
    }

    // The same of a term, as far as its form tells it.
    private int PlainRun(Term term)
    {
        var (head, tail) = term.Kind == TermKind.Sequence ? (term.Parts[0], term.Parts[1]) : (term, null);
        if (head.Kind == TermKind.Names)
            head = head.Parts[0];
        if (head.Kind == TermKind.Repeat && head.Parts[0] == automaton.Character)
            return head.Times.Max < 0 ? int.MaxValue : tail is not null && PlainRun(tail) == 0 ? head.Times.Max : -1;
        return head.Kind == TermKind.Bytes && (head.Set & PlainCharacters.First) == default ? 0 : -1;
    }

    private bool IsEndless(State start)
    {
        var (seen, open) = (new HashSet<State> { start }, new Stack<State>([start]));
        while (open.TryPop(out var state))
        {
            var (successors, isSomeDead, _) = AfterPlain(state);
            if (isSomeDead || seen.Count > MostPlainStates)
                return false;
            foreach (var successor in successors)
                if (seen.Add(successor))
                    open.Push(successor);
        }
        return true;
    }

    private (State[] Next, bool IsSomeDead, bool IsEveryDead) AfterPlain(State state)
    {
        if (state.Plain is { } known)
            return known;
        _successors.Clear();
        _within.Clear();
        var (isSomeDead, isEveryDead) = (false, true);
        Follow(state, 0, ref isSomeDead, ref isEveryDead);
        var found = (_successors.Distinct().ToArray(), isSomeDead, isEveryDead);
        state.Plain = found;
        return found;
    }

    private void Follow(State state, int place, ref bool isSomeDead, ref bool isEveryDead)
    {
        for (var value = 0; value < 256; value++)
        {
            var after = PlainCharacters.After(place, (byte)value);
            if (after < 0)
                continue;
            var next = automaton.Step(state, (byte)value);
            if (next == State.Dead)
                isSomeDead = true;
            else if (after > 0)
            {
                if (_within.Add((next, after)))
                    Follow(next, after, ref isSomeDead, ref isEveryDead);
            }
            else
            {
                isEveryDead = false;
                if (_successors.Count == 0 || _successors[^1] != next)
                    _successors.Add(next);
            }
        }
    }
}
