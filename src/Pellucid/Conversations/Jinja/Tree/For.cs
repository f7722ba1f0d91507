using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Tree;

/// <summary><c>for a in b if c recursive</c> … <c>else</c> … <c>endfor</c>: each turn has a frame of its own.</summary>
internal sealed class For(Target target, Expression items, Expression? condition, bool isRecursive, Body body, Body otherwise, int line)
    : Statement(line)
{
    protected override Flow Perform(Frame frame)
    {
        Go(frame, items.Value(frame), 0);
        return Flow.Next;
    }

    /// <summary>Goes through items; for a loop that calls itself, at a depth.</summary>
    private void Go(Frame frame, object values, int depth)
    {
        var chosen = condition is null ? Items.Of(values) : Chosen(frame, Items.Of(values));
        using var loop = new LoopContext(chosen,
            Items.Has(values) && values is ISized && condition is null ? Items.Count(values) : null, depth, isRecursive
                ? (run, more) => run.Captured(() => Recurse(frame, more, depth + 1)) : null);
        var isEmpty = true;
        while (loop.Next())
        {
            frame.Run.Budget.Step();
            var turn = frame.Inner();
            turn.Set("loop", loop);
            target.Assign(turn, loop.Current);
            var flow = body.Execute(turn);
            if (flow == Flow.Break)
                break;
            // As in Jinja, a turn that was broken off does not count: else may follow it.
            isEmpty &= flow == Flow.Continue;
        }
        if (isEmpty)
            otherwise.Execute(frame.Inner());
    }

    private void Recurse(Frame frame, object values, int depth)
    {
        var line = frame.Run.Line;
        frame.Run.Budget.Enter();
        Go(frame, values, depth);
        frame.Run.Budget.Leave();
        frame.Run.Line = line;
    }

    // Asked for one after the other, while the loop runs: its body may change what the condition sees.
    private IEnumerable<object> Chosen(Frame frame, IEnumerable<object> all)
    {
        foreach (var item in all)
        {
            frame.Run.Budget.Step();
            var turn = frame.Inner();
            target.Assign(turn, item);
            if (condition!.IsTrue(turn))
                yield return item;
        }
    }
}
