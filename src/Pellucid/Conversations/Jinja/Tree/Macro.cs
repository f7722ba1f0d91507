using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Tree;

/// <summary>What a macro, or the body of a <c>call</c> block, takes.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Parameters">Names in order, with what they are where nothing is given.</param>
/// <param name="Body">What it writes.</param>
/// <param name="Words">Names that are used in it: <c>caller</c>, <c>varargs</c> and <c>kwargs</c> are there for those that ask.</param>
internal sealed record Signature(string Name, IReadOnlyList<(string Name, Expression? Default)> Parameters,
    Body Body, IReadOnlySet<string> Words);

/// <summary><c>macro f(a, b=c)</c> … <c>endmacro</c>.</summary>
internal sealed class MacroStatement(Signature signature, int line) : Statement(line)
{
    protected override Flow Perform(Frame frame)
    {
        frame.Set(signature.Name, new Macro(signature, frame));
        return Flow.Next;
    }
}

/// <summary><c>call(a) f(b)</c> … <c>endcall</c>: a macro that gets the body as <c>caller</c>.</summary>
internal sealed class CallBlock(Signature signature, Call call, int line) : Statement(line)
{
    protected override Flow Perform(Frame frame)
    {
        frame.Run.Write(Printing.Text(call.With(frame, new Macro(signature, frame)), frame.Run.Budget));
        return Flow.Next;
    }
}

/// <summary>A macro, with the frame in which it was written.</summary>
internal sealed class Macro(Signature signature, Frame home) : Callable
{
    private const string Caller = "caller", More = "varargs", MoreNamed = "kwargs";

    public override string Kind => "Macro";

    public override string Print() => $"<Macro '{signature.Name}'>";

    public override object? Part(string name, Run run) => name switch
    {
        "name" => signature.Name,
        "arguments" => new TupleValue([.. signature.Parameters.Select(parameter => (object)parameter.Name)]),
        "caller" => signature.Words.Contains(Caller),
        "catch_varargs" => signature.Words.Contains(More),
        "catch_kwargs" => signature.Words.Contains(MoreNamed),
        _ => null,
    };

    public override object Call(Run run, Arguments arguments)
    {
        var line = run.Line;
        run.Budget.Enter();
        var frame = home.Inner();
        Bind(run, frame, arguments);
        var text = run.Captured(() => signature.Body.Execute(frame));
        run.Budget.Leave();
        run.Line = line;
        return text;
    }

    private void Bind(Run run, Frame frame, Arguments arguments)
    {
        var (parameters, named) = (signature.Parameters, arguments.Named.ToList());
        for (var i = 0; i < parameters.Count; i++)
        {
            var name = parameters[i].Name;
            var place = i < arguments.Placed.Count ? -1 : named.FindIndex(one => one.Name == name);
            // A default sees the parameters before it.
            var value = i < arguments.Placed.Count ? arguments.Placed[i] : place >= 0 ? named[place].Value
                : parameters[i].Default?.Value(frame) ?? new Undefined($"parameter '{name}' was not provided");
            if (place >= 0)
                named.RemoveAt(place);
            frame.Set(name, value);
        }
        if (signature.Words.Contains(Caller) && parameters.All(parameter => parameter.Name != Caller))
        {
            var place = named.FindIndex(one => one.Name == Caller);
            frame.Set(Caller, place < 0 ? new Undefined("No caller defined") : named[place].Value);
            if (place >= 0)
                named.RemoveAt(place);
        }
        BindMore(run, frame, arguments.Placed.Skip(parameters.Count).ToArray(), named);
    }

    private void BindMore(Run run, Frame frame, object[] placed, List<(string Name, object Value)> named)
    {
        if (signature.Words.Contains(MoreNamed))
        {
            var rest = run.NewDictionary();
            foreach (var (name, value) in named)
                rest.Set(name, value);
            frame.Set(MoreNamed, rest);
        }
        else if (named.Count > 0)
            throw new TemplateError(named.Exists(one => one.Name == Caller)
                ? $"macro '{signature.Name}' was invoked with two values for the special caller argument. This is most likely a bug."
                : $"macro '{signature.Name}' takes no keyword argument '{named[0].Name}'");
        if (signature.Words.Contains(More))
            frame.Set(More, new TupleValue(placed));
        else if (placed.Length > 0)
            throw new TemplateError($"macro '{signature.Name}' takes not more than {signature.Parameters.Count} argument(s)");
    }
}

/// <summary><c>block b</c> … <c>endblock</c>: sees what the whole template sees, unless it is <c>scoped</c>.</summary>
internal sealed class Block(string name, bool isScoped, Body body, int line) : Statement(line)
{
    /// <summary>What it is called.</summary>
    public string Name => name;

    protected override Flow Perform(Frame frame)
    {
        body.Execute((isScoped ? frame : frame.Root).Inner());
        return Flow.Next;
    }

    /// <summary>The block as a function of <c>self</c>.</summary>
    public Callable AsCallable(Frame root) =>
        new LibraryCallable(new(name, "", (run, _, _) => run.Captured(() => body.Execute(root.Inner()))));
}
