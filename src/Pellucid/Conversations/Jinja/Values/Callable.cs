using Pellucid.Conversations.Jinja.Library;

namespace Pellucid.Conversations.Jinja.Values;

/// <summary>A value that can be called.</summary>
internal abstract class Callable
{
    /// <summary>What Python calls its kind.</summary>
    public abstract string Kind { get; }

    /// <summary>How it prints.</summary>
    public virtual string Print() => $"<{Kind}>";

    /// <summary>A part of it; null if it has no such.</summary>
    public virtual object? Part(string name, Run run) => null;

    /// <summary>Calls it.</summary>
    public abstract object Call(Run run, Arguments arguments);
}

/// <summary>What a call is given.</summary>
/// <param name="Placed">By place.</param>
/// <param name="Named">By name, in order.</param>
internal sealed record Arguments(IReadOnlyList<object> Placed, IReadOnlyList<(string Name, object Value)> Named)
{
    /// <summary>Nothing.</summary>
    public static Arguments Empty { get; } = new([], []);

    /// <summary>Those from a place on.</summary>
    public Arguments From(int place) => new([.. Placed.Skip(place)], Named);

    /// <summary>One of those with names.</summary>
    public object? Find(string name)
    {
        foreach (var (other, value) in Named)
            if (other == name)
                return value;
        return null;
    }
}

/// <summary>A function of the library, or a method of a value.</summary>
/// <param name="function">What it does.</param>
/// <param name="self">The value whose method it is; null for a function.</param>
internal sealed class LibraryCallable(Function function, object? self = null) : Callable
{
    public override string Kind => self is null ? "function" : "builtin_function_or_method";

    public override string Print() =>
        self is null ? $"<function {function.Name}>" : $"<built-in method {function.Name} of {Values.Kind.Of(self)} object>";

    public override object? Part(string name, Run run) =>
        function.Name == "dict" && name == "fromkeys" && self is null ? new LibraryCallable(DictionaryMethods.FromKeys) : null;

    public override object Call(Run run, Arguments arguments)
    {
        run.Budget.Step();
        run.Budget.Look(self ?? None.Value, arguments);
        return self is Markup ? MarkupMethods.Call(run, function, self, arguments) : function.Call(run, self ?? None.Value, arguments);
    }
}
