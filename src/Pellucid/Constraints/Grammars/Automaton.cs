using Pellucid.Constraints.Terms;

namespace Pellucid.Constraints.Grammars;

/// <summary>
/// Reads texts of a grammar byte by byte. A state is a set of threads, each a term and a stack; states and the ways between them are
/// made when a text first needs them, and kept until there are too many.
/// </summary>
internal sealed class Automaton(Grammar grammar)
{
    private const int MostStates = 20_000, MostThreads = 5_000, MostEntries = 100_000;

    private readonly Dictionary<(Symbol, Continuation?), Continuation> _continuations = [];
    private readonly Dictionary<(Term, Continuation?), Thread> _threads = [];
    private readonly Dictionary<Thread[], State> _states = new(new SameThreads());
    private readonly Dictionary<Thread[], State> _endings = new(new SameThreads());
    private readonly ByteClasses _classes = new();
    private readonly List<Thread> _found = [];
    private readonly HashSet<Thread> _seen = [];
    private int _threadCount;

    /// <summary>Before a text.</summary>
    public State Start()
    {
        var entry = Enter(Push(grammar.Root, null));
        return Intern(entry.Threads, entry.MayEnd);
    }

    /// <summary>After a byte.</summary>
    public State Step(State state, byte value)
    {
        if (state.Next[value] is { } known)
            return known;
        var classes = state.Classes ??= _classes.Of([.. state.Threads.Select(thread => thread.Term)]);
        var (next, computed) = (state.Next, Compute(state, value));
        for (var other = 0; other < next.Length; other++)
            if (classes[other] == classes[value])
                next[other] = computed;
        return computed;
    }

    /// <summary>A state that leads on in the same ways for so many bytes; one for many.</summary>
    public State Widen(State state, int bytes)
    {
        if (state.Widened is { } known)
            return known;
        var threads = state.Threads.Select(thread => Of(grammar.Terms.Widened(thread.Term, bytes), thread.Next)).Distinct()
            .OrderBy(thread => thread.Id).ToArray();
        return state.Widened = threads.SequenceEqual(state.Threads) ? state : Intern(threads, state.MayEnd);
    }

    /// <summary>One character between the quotes of a string of JSON, where there are such.</summary>
    public Term? Character => grammar.Terms.Character;

    private State Compute(State state, byte value)
    {
        _found.Clear();
        _seen.Clear();
        var mayEnd = false;
        foreach (var thread in state.Threads)
        {
            var term = grammar.Terms.Derivative(thread.Term, value);
            if (!grammar.Terms.IsAlive(term))
                continue;
            if (term != grammar.Terms.Empty)
                Add(Of(term, thread.Next));
            if (!term.IsNullable)
                continue;
            var entry = Enter(thread.Next);
            mayEnd |= entry.MayEnd;
            foreach (var begun in entry.Threads)
                Add(begun);
        }
        if (_found.Count == 0 && !mayEnd)
            return State.Dead;
        _found.Sort((left, right) => left.Id.CompareTo(right.Id));
        return Intern([.. _found], mayEnd);
    }

    private void Add(Thread thread)
    {
        if (_seen.Add(thread))
            _found.Add(thread);
        if (_found.Count > MostThreads)
            throw new ConstraintException($"the constraint is too complex: a text may go on in more than {MostThreads} ways");
    }

    // Where reading begins: rules are opened until bytes are met.
    private Entry Enter(Continuation? start)
    {
        if (start is null)
            return new Entry([], true);
        if (start.Entry is { } known)
            return known;
        var (threads, mayEnd, open, seen) = (new HashSet<Thread>(), false, new Stack<Continuation?>([start]), new HashSet<Continuation>());
        while (open.TryPop(out var place))
        {
            if (place is null)
            {
                mayEnd = true;
                continue;
            }
            if (!seen.Add(place))
                continue;
            if (seen.Count > MostEntries)
                throw new ConstraintException($"the constraint is too complex: more than {MostEntries} rules may begin at one place");
            Open(place, threads, open);
        }
        return start.Entry = new Entry([.. threads.OrderBy(thread => thread.Id)], mayEnd);
    }

    private void Open(Continuation place, HashSet<Thread> threads, Stack<Continuation?> open)
    {
        if (place.Symbol is TermSymbol { Term: var term })
        {
            if (term != grammar.Terms.Empty && grammar.Terms.IsAlive(term))
                threads.Add(Of(term, place.Next));
            if (term.IsNullable)
                open.Push(place.Next);
        }
        else if (place.Symbol is RuleSymbol rule)
            foreach (var alternative in rule.Alternatives)
            {
                var next = place.Next;
                for (var i = alternative.Length - 1; i >= 0; i--)
                    next = Push(alternative[i], next);
                open.Push(next);
            }
        else if (place.Symbol is RepeatSymbol repeat)
        {
            if (repeat.Min == 0)
                open.Push(place.Next);
            if (repeat.Max != 0 && repeat.Part.IsProductive)
                open.Push(Push(repeat.Part, Push(grammar.Rest(repeat), place.Next)));
        }
    }

    private Continuation? Push(Symbol symbol, Continuation? next)
    {
        if (symbol is RepeatSymbol { Max: 0 })
            return next;
        if (!_continuations.TryGetValue((symbol, next), out var continuation))
            _continuations[(symbol, next)] = continuation = new Continuation(symbol, next);
        return continuation;
    }

    private Thread Of(Term term, Continuation? next)
    {
        if (!_threads.TryGetValue((term, next), out var thread))
            _threads[(term, next)] = thread = new Thread(_threadCount++, term, next);
        return thread;
    }

    // A state that was forgotten still leads on for whoever holds it.
    private State Intern(Thread[] threads, bool mayEnd)
    {
        if (_states.Count + _endings.Count >= MostStates)
        {
            _states.Clear();
            _endings.Clear();
            _threads.Clear();
            _continuations.Clear();
        }
        var states = mayEnd ? _endings : _states;
        if (!states.TryGetValue(threads, out var state))
            states[threads] = state = new State(threads, mayEnd);
        return state;
    }

    private sealed class SameThreads : IEqualityComparer<Thread[]>
    {
        public bool Equals(Thread[]? left, Thread[]? right) => left.AsSpan().SequenceEqual(right);

        public int GetHashCode(Thread[] threads)
        {
            var hash = new HashCode();
            foreach (var thread in threads)
                hash.Add(thread.Id);
            return hash.ToHashCode();
        }
    }
}
