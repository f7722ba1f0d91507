namespace Pellucid.Tuning;

/// <summary>How far a run has come, beside what it has learned.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Best">The lowest evaluation so far.</param>
/// <param name="BestStep">After which step it was.</param>
/// <param name="MethodState">The number that the method carries from step to step, if there is one.</param>
internal readonly record struct TuningProgress(int Step, double Best = double.PositiveInfinity, int BestStep = 0,
    double? MethodState = null);
