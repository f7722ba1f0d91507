using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Library;

/// <summary>Filters that choose items or make others of them, each when it is asked for.</summary>
internal static class SelectFilters
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Function> All { get; } =
    [
        new("map", "...", (run, value, given) => new Generator(Map(run, value, given.All))),
        new("select", "...", (run, value, given) => new Generator(Select(run, value, given.All, hasAttribute: false, wanted: true))),
        new("reject", "...", (run, value, given) => new Generator(Select(run, value, given.All, hasAttribute: false, wanted: false))),
        new("selectattr", "...", (run, value, given) => new Generator(Select(run, value, given.All, hasAttribute: true, wanted: true))),
        new("rejectattr", "...", (run, value, given) => new Generator(Select(run, value, given.All, hasAttribute: true, wanted: false))),
    ];

    /// <summary>What an attribute such as <c>a.b.0</c> is of an item; the item itself where none is named.</summary>
    /// <param name="run">The rendering.</param>
    /// <param name="attribute">A name, with points between several, or a number; null for none.</param>
    /// <param name="otherwise">What stands for one that is missing.</param>
    public static Func<object, object> Getter(Run run, object? attribute, object? otherwise)
    {
        if (attribute is null)
            return item => item;
        var parts = Texts.TryPlain(attribute) is { } path
            ? path.Split('.').Select(part =>
                part.Length is > 0 and < 10 && part.All(char.IsAsciiDigit) ? long.Parse(part, null) : (object)part).ToArray() : [attribute];
        return item =>
        {
            foreach (var part in parts)
            {
                item = Attributes.Bracketed(run, item, part);
                if (item is Undefined && otherwise is not null)
                    item = otherwise;
            }
            return item;
        };
    }

    private static IEnumerable<object> Map(Run run, object value, Arguments arguments)
    {
        if (!Kind.IsTrue(value))
            yield break;
        var change = Change(run, arguments);
        foreach (var item in Items.Of(value))
        {
            run.Budget.Step();
            yield return change(item);
        }
    }

    private static Func<object, object> Change(Run run, Arguments arguments)
    {
        if (arguments.Placed.Count == 0 && arguments.Find("attribute") is { } attribute)
            return arguments.Named.Select(one => one.Name).FirstOrDefault(name => name is not ("attribute" or "default")) is { } other
                ? throw new TemplateError($"Unexpected keyword argument '{other}'") : Getter(run, attribute, arguments.Find("default"));
        if (arguments.Placed.Count == 0)
            throw new TemplateError("map requires a filter argument");
        var name = Texts.Plain(arguments.Placed[0]);
        var (filter, rest) = (Filters.Find(name) ?? throw new TemplateError($"No filter named '{name}'."), arguments.From(1));
        return item =>
        {
            run.Budget.Look(item, rest);
            return filter.Call(run, item, rest);
        };
    }

    private static IEnumerable<object> Select(Run run, object value, Arguments arguments, bool hasAttribute, bool wanted)
    {
        if (!Kind.IsTrue(value))
            yield break;
        if (hasAttribute && arguments.Placed.Count == 0)
            throw new TemplateError("Missing parameter for attribute name");
        var part = Getter(run, hasAttribute ? arguments.Placed[0] : null, null);
        var fits = Condition(run, hasAttribute ? arguments.From(1) : arguments);
        foreach (var item in Items.Of(value))
        {
            run.Budget.Step();
            if (fits(part(item)) == wanted)
                yield return item;
        }
    }

    private static Func<object, bool> Condition(Run run, Arguments arguments)
    {
        if (arguments.Placed.Count == 0)
            return Kind.IsTrue;
        var name = Texts.Plain(arguments.Placed[0]);
        var (test, rest) = (Tests.Find(name) ?? throw new TemplateError($"No test named '{name}'."), arguments.From(1));
        return item =>
        {
            run.Budget.Look(item, rest);
            return Kind.IsTrue(test.Call(run, item, rest));
        };
    }
}
