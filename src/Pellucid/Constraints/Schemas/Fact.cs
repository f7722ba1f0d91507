using Pellucid.Constraints.Terms;

namespace Pellucid.Constraints.Schemas;

/// <summary>Something that is true of a value. All but that about types are about one kind of values, and true of all others.</summary>
internal abstract record Fact;

/// <summary>It is of one of those types.</summary>
internal sealed record TypeFact(JsonTypes Types) : Fact;

/// <summary>A string's characters, as JSON writes them between quotes, are in a set.</summary>
internal sealed record TextFact(Term Text) : Fact;

/// <summary>A number, as written, is in a set.</summary>
internal sealed record NumberFact(Term Number) : Fact;

/// <summary>An array has so many items.</summary>
internal sealed record ItemCountFact(int Min, int Max) : Fact;

/// <summary>Items of an array, from one place to before another (−1: to its end), are so.</summary>
internal sealed record ItemsFact(int From, int To, Formula Value) : Fact;

/// <summary>Some item of an array, from one place on, is so.</summary>
internal sealed record SomeItemFact(int From, Formula Value) : Fact;

/// <summary>No two items of an array are equal.</summary>
internal sealed record UniqueItemsFact(string Path) : Fact;

/// <summary>An object has so many properties.</summary>
internal sealed record PropertyCountFact(int Min, int Max) : Fact;

/// <summary>An object has a property.</summary>
internal sealed record RequiredFact(string Name) : Fact;

/// <summary>A property of an object, where it is there, is so.</summary>
internal sealed record PropertyFact(string Name, Formula Value) : Fact;

/// <summary>Properties of an object whose names are in a set are so.</summary>
internal sealed record NamesFact(Term Names, Formula Value) : Fact
{
    /// <summary>Names that the set leaves out one by one.</summary>
    public IReadOnlyList<string> Excluded { get; init; } = [];

    /// <summary>The set as it would be if it did not.</summary>
    public Term Described { get; init; } = Names;
}

/// <summary>Some property of an object whose name is in a set is so.</summary>
internal sealed record SomeNameFact(Term Names, Formula Value) : Fact;
