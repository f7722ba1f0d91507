namespace Pellucid.Constraints;

/// <summary>How values of a schema are written.</summary>
public sealed record JsonSchemaOptions
{
    /// <summary>Whether there may be white space between the parts of objects and arrays: a space, or a line end and an indent.</summary>
    public bool WhiteSpace { get; init; } = true;

    /// <summary>Whether whole numbers may be written with a fraction of zero, such as <c>1.0</c>, which is an integer to JSON Schema
    /// but not to every program.</summary>
    public bool ZeroFractions { get; init; } = true;
}
