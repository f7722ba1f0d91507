using System.Numerics;

namespace Pellucid.Conversations.Jinja.Values;

/// <summary>What Python calls the kinds of values, for messages.</summary>
internal static class Kind
{
    /// <summary>The name of a value's kind.</summary>
    public static string Of(object value) => value switch
    {
        string => "str",
        Markup => "Markup",
        bool => "bool",
        long or BigInteger => "int",
        double => "float",
        None => "NoneType",
        Undefined => "Undefined",
        ListValue => "list",
        TupleValue => "tuple",
        DictionaryValue => "dict",
        RangeValue => "range",
        DictionaryView view => view.Kind,
        Generator => "generator",
        NamespaceValue => "TemplateNamespace",
        BytesValue => "bytes",
        Callable callable => callable.Kind,
        LoopContext => nameof(LoopContext),
        _ => "object",
    };

    /// <summary>What a truth test says.</summary>
    public static bool IsTrue(object value) => value switch
    {
        bool truth => truth,
        string text => text.Length > 0,
        Markup markup => markup.Text.Length > 0,
        long number => number != 0,
        double number => number != 0,
        BigInteger number => !number.IsZero,
        None or Undefined => false,
        ISized sized => sized.Count > 0,
        _ => true,
    };
}

/// <summary>A value with a number of items.</summary>
internal interface ISized
{
    /// <summary>How many items it has.</summary>
    int Count { get; }
}
