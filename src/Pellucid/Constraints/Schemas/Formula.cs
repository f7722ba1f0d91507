namespace Pellucid.Constraints.Schemas;

/// <summary>Kinds of values that have nothing in common. Every number is whole or not.</summary>
[Flags]
internal enum JsonTypes
{
    None = 0,
    Null = 1,
    False = 2,
    True = 4,
    Whole = 8,
    Fractional = 16,
    String = 32,
    Array = 64,
    Object = 128,
    Boolean = False | True,
    Number = Whole | Fractional,
    All = 255,
}

/// <summary>
/// What a schema says of a value, as a statement that is true or false of it. Every keyword is made of facts, joined by and, or and not,
/// so that each can be denied too. Equal statements of one reader are one object where that matters: references and what they lead to.
/// </summary>
internal abstract class Formula(int id)
{
    public int Id => id;

    /// <summary>Its denial, once that was asked for.</summary>
    public Formula? Denial { get; set; }
}

/// <summary>All of its parts are true; of none, anything is.</summary>
internal sealed class AllOf(int id, Formula[] parts) : Formula(id)
{
    public Formula[] Parts => parts;
}

/// <summary>One of its parts at least is true; of none, nothing is.</summary>
internal sealed class AnyOf(int id, Formula[] parts) : Formula(id)
{
    public Formula[] Parts => parts;
}

/// <summary>One fact.</summary>
internal sealed class FactFormula(int id, Fact fact) : Formula(id)
{
    public Fact Fact => fact;
}

/// <summary>What is found elsewhere in the schema, or its denial.</summary>
internal sealed class Reference(int id, Func<Formula> find) : Formula(id)
{
    public Formula Target => field ??= find();
}
