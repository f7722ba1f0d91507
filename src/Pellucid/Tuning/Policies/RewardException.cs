namespace Pellucid.Tuning.Policies;

/// <summary>A reward is not a number; nothing was learned of its step.</summary>
internal sealed class RewardException(string message) : ArithmeticException(message);
