using System.Collections.Frozen;
using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Library;

/// <summary>What follows <c>|</c>.</summary>
internal static class Filters
{
    private static readonly FrozenDictionary<string, Function> All = Attributes.ByName(
    [
        new("default", "default_value boolean", Default),
        new("d", "default_value boolean", Default),
        new("attr", "name*", (run, value, given) => Attributes.Attribute(run, value, given.NeededText(0))),
        new("tojson", "ensure_ascii indent separators sort_keys", (run, value, given) => JsonText.Of(run, value, given)),
        new("string", "", (run, value, _) => Texts.Soft(value, run.Budget)),
        new("safe", "", (run, value, _) => new Markup(Printing.Text(value, run.Budget))),
        new("escape", "", Escape),
        new("e", "", Escape),
        new("forceescape", "", (run, value, _) => new Markup(run.Budget.Made(Markup.Escape(Printing.Text(value, run.Budget))))),
        .. NumberFilters.All,
        .. TextFilters.All,
        .. LayoutFilters.All,
        .. WebFilters.All,
        .. ListFilters.All,
        .. SelectFilters.All,
        .. OrderFilters.All,
    ]);

    /// <summary>A filter by its name.</summary>
    public static Function? Find(string name) => All.GetValueOrDefault(name);

    private static object Default(Run run, object value, Given given) =>
        value is Undefined || given.IsTrue(1) && !Kind.IsTrue(value) ? given.Or(0, "") : value;

    private static object Escape(Run run, object value, Given given) =>
        value is Markup ? value : new Markup(run.Budget.Made(Markup.Escape(Printing.Text(value, run.Budget))));
}
