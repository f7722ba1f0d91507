using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Tree;

/// <summary>How a statement ended.</summary>
internal enum Flow
{
    /// <summary>The next one follows.</summary>
    Next,

    /// <summary>The loop around it ends.</summary>
    Break,

    /// <summary>The loop around it goes on with the next item.</summary>
    Continue,
}

/// <summary>A part of a template that does something.</summary>
/// <param name="line">The line it begins at.</param>
internal abstract class Statement(int line)
{
    /// <summary>Does it.</summary>
    public Flow Execute(Frame frame)
    {
        frame.Run.Budget.Step();
        Budget.CheckStack();
        frame.Run.Line = line;
        return Perform(frame);
    }

    protected abstract Flow Perform(Frame frame);
}

/// <summary>Statements one after the other.</summary>
internal sealed class Body(IReadOnlyList<Statement> statements)
{
    /// <summary>Nothing.</summary>
    public static Body Empty { get; } = new([]);

    /// <summary>Does them in order, up to one that ends a loop's turn.</summary>
    public Flow Execute(Frame frame)
    {
        foreach (var statement in statements)
            if (statement.Execute(frame) is var flow and not Flow.Next)
                return flow;
        return Flow.Next;
    }
}

/// <summary>Text as it stands.</summary>
internal sealed class Data(string text, int line) : Statement(line)
{
    protected override Flow Perform(Frame frame)
    {
        frame.Run.Write(text);
        return Flow.Next;
    }
}

/// <summary><c>{{ a }}</c>.</summary>
internal sealed class Print(Expression expression, int line) : Statement(line)
{
    protected override Flow Perform(Frame frame)
    {
        var (run, value) = (frame.Run, expression.Value(frame));
        run.Write(run.Escapes ? Arithmetic.Escaped(Texts.Soft(value, run.Budget)) : Printing.Text(value, run.Budget));
        return Flow.Next;
    }
}

/// <summary><c>if</c>, <c>elif</c>, <c>else</c>: no frame of its own.</summary>
internal sealed class If(IReadOnlyList<(Expression Condition, Body Body)> branches, Body otherwise, int line) : Statement(line)
{
    protected override Flow Perform(Frame frame)
    {
        foreach (var (condition, body) in branches)
            if (condition.IsTrue(frame))
                return body.Execute(frame);
        return otherwise.Execute(frame);
    }
}

/// <summary><c>set a = b</c>.</summary>
internal sealed class Set(Target target, Expression value, int line) : Statement(line)
{
    protected override Flow Perform(Frame frame)
    {
        target.Assign(frame, value.Value(frame));
        return Flow.Next;
    }
}

/// <summary><c>set a</c> … <c>endset</c>: what the body writes.</summary>
internal sealed class SetBlock(Target target, Filtered? filter, Body body, int line) : Statement(line)
{
    protected override Flow Perform(Frame frame)
    {
        var text = frame.Run.Captured(() => body.Execute(frame.Inner()));
        target.Assign(frame, filter?.OfText(frame, text) ?? text);
        return Flow.Next;
    }
}

/// <summary><c>with a = b</c> … <c>endwith</c>.</summary>
internal sealed class With(IReadOnlyList<(Target Target, Expression Value)> values, Body body, int line) : Statement(line)
{
    protected override Flow Perform(Frame frame)
    {
        var inner = frame.Inner();
        foreach (var (target, value) in values)
            target.Assign(inner, value.Value(frame));
        return body.Execute(inner);
    }
}

/// <summary><c>filter f</c> … <c>endfilter</c>.</summary>
internal sealed class FilterBlock(Filtered filter, Body body, int line) : Statement(line)
{
    protected override Flow Perform(Frame frame)
    {
        var text = frame.Run.Captured(() => body.Execute(frame.Inner()));
        frame.Run.Write(Printing.Text(filter.OfText(frame, text), frame.Run.Budget));
        return Flow.Next;
    }
}

/// <summary><c>generation</c> … <c>endgeneration</c>: what an assistant said, which is learned in tuning.</summary>
internal sealed class GenerationBlock(Body body, int line) : Statement(line)
{
    protected override Flow Perform(Frame frame)
    {
        var run = frame.Run;
        var text = run.Capture(() => body.Execute(frame.Inner()));
        run.Generated.Add((run.Written, text));
        run.Write(text);
        return Flow.Next;
    }
}

/// <summary><c>autoescape true</c> … <c>endautoescape</c>.</summary>
internal sealed class AutoEscape(Expression isOn, Body body, int line) : Statement(line)
{
    protected override Flow Perform(Frame frame)
    {
        var before = frame.Run.Escapes;
        frame.Run.Escapes = isOn.IsTrue(frame);
        try
        {
            return body.Execute(frame.Inner());
        }
        finally
        {
            frame.Run.Escapes = before;
        }
    }
}

/// <summary><c>break</c> and <c>continue</c>.</summary>
internal sealed class Leap(Flow flow, int line) : Statement(line)
{
    protected override Flow Perform(Frame frame) => flow;
}

/// <summary>A statement that is not known here, or not possible: it fails by its name, if it is ever reached.</summary>
internal sealed class Refused(string complaint, int line) : Statement(line)
{
    protected override Flow Perform(Frame frame) => throw new TemplateError(complaint);
}
