using Pellucid.Conversations.Jinja.Values;

namespace Pellucid.Conversations.Jinja.Tree;

/// <summary>Where a value goes.</summary>
internal abstract class Target
{
    /// <summary>Puts it there.</summary>
    public abstract void Assign(Frame frame, object value);
}

/// <summary>A name.</summary>
internal sealed class NameTarget(string name) : Target
{
    /// <summary>How it is written.</summary>
    public string Word => name;

    public override void Assign(Frame frame, object value) => frame.Set(name, value);
}

/// <summary>A variable of a namespace.</summary>
internal sealed class FieldTarget(string space, string field) : Target
{
    public override void Assign(Frame frame, object value)
    {
        var holder = frame.Find(space) ?? throw Undefined.Name(space).Error();
        if (holder is not NamespaceValue names)
            throw new TemplateError("cannot assign attribute on non-namespace object");
        if (field.StartsWith('_'))
            throw new TemplateError($"Chat templates cannot store underscore-prefixed attributes on a namespace, but got '{field}'. "
                + "Please rename the attribute.");
        names.Fields.Set(field, value);
    }
}

/// <summary>Several, of a value's items each.</summary>
internal sealed class TupleTarget(IReadOnlyList<Target> targets) : Target
{
    public override void Assign(Frame frame, object value)
    {
        if (!Items.Has(value))
            throw new TemplateError($"cannot unpack non-iterable {Kind.Of(value)} object");
        var items = Items.Of(value).Take(targets.Count + 1).ToArray();
        if (items.Length > targets.Count)
            throw new TemplateError($"too many values to unpack (expected {targets.Count})");
        if (items.Length < targets.Count)
            throw new TemplateError($"not enough values to unpack (expected {targets.Count}, got {items.Length})");
        for (var i = 0; i < items.Length; i++)
            targets[i].Assign(frame, items[i]);
    }
}
