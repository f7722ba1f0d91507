namespace Pellucid.Cli.Tour;

/// <summary>A text in the two languages of the report.</summary>
internal sealed record Both(string English, string Chinese);
