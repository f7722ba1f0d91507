namespace Pellucid.Constraints;

/// <summary>What a text shall look like cannot be kept to, or makes no sense; the message names the place and what stands there.</summary>
public sealed class ConstraintException(string message) : ArgumentException(message);
