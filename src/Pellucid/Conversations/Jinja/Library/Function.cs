using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Library;

/// <summary>A filter, a test, a method or a function.</summary>
/// <param name="Name">What templates call it.</param>
/// <param name="Parameters">What it takes beside its value; one that ends with * must be given.</param>
/// <param name="Body">What it does with its value and arguments.</param>
internal sealed record Function(string Name, string Parameters, Func<Run, object, Given, object> Body)
{
    private readonly string[] _names = Parameters.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Puts arguments to parameters and does it.</summary>
    /// <exception cref="TemplateError">They do not fit.</exception>
    public object Call(Run run, object value, Arguments arguments) => Body(run, value, Bind(arguments));

    /// <summary>Arguments by parameter.</summary>
    private Given Bind(Arguments arguments)
    {
        if (_names is ["..."])
            return new Given(Name, [], arguments);
        if (arguments.Placed.Count > _names.Length)
            throw new TemplateError($"{Name}() takes {_names.Length} arguments at most, but {arguments.Placed.Count} were given");
        var values = new object?[_names.Length];
        for (var i = 0; i < arguments.Placed.Count; i++)
            values[i] = arguments.Placed[i];
        foreach (var (name, value) in arguments.Named)
        {
            var place = Array.FindIndex(_names, one => one.AsSpan().TrimEnd('*').SequenceEqual(name));
            if (place < 0)
                throw new TemplateError($"{Name}() got an unexpected keyword argument '{name}'");
            if (values[place] is not null)
                throw new TemplateError($"{Name}() got multiple values for argument '{name}'");
            values[place] = value;
        }
        for (var i = 0; i < values.Length; i++)
            if (values[i] is null && _names[i].EndsWith('*'))
                throw new TemplateError($"{Name}() missing 1 required positional argument: '{_names[i][..^1]}'");
        return new Given(Name, values, arguments);
    }
}

/// <summary>Arguments of a call, by parameter.</summary>
/// <param name="Function">Whose.</param>
/// <param name="Values">One for each parameter; null where none was given.</param>
/// <param name="All">As they were given.</param>
internal readonly record struct Given(string Function, object?[] Values, Arguments All)
{
    /// <summary>An argument; null if it was not given.</summary>
    public object? this[int parameter] => Values[parameter];

    /// <summary>An argument that was given, or none.</summary>
    public object Or(int parameter, object otherwise) => Values[parameter] ?? otherwise;

    /// <summary>Whether an argument is true.</summary>
    public bool IsTrue(int parameter, bool otherwise = false) => Values[parameter] is { } value ? Kind.IsTrue(value) : otherwise;

    /// <summary>A whole number.</summary>
    public long Index(int parameter, long otherwise) => Values[parameter] is { } value ? Numbers.Index(value) : otherwise;

    /// <summary>A text; null if none was given, or none.</summary>
    /// <exception cref="TemplateError">It is something else.</exception>
    public string? Text(int parameter) => Values[parameter] switch
    {
        null or None => null,
        Undefined undefined => throw undefined.Error(),
        var value => Texts.TryPlain(value) ?? throw new TemplateError($"{Function}() argument must be str, not {Kind.Of(value)}"),
    };

    /// <summary>A text that must be there.</summary>
    /// <exception cref="TemplateError">It is something else.</exception>
    public string NeededText(int parameter) =>
        Text(parameter) ?? throw new TemplateError($"{Function}() argument must be str, not NoneType");
}
