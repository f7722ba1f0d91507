namespace Pellucid.Tensors;

/// <summary>Names a stream of counter-based random numbers:
/// the same name and element give the same number on any thread, in any order.</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Purpose">What the numbers are for, such as the index of a dropout in the model.</param>
/// <param name="Step">Training step or generated token.</param>
public readonly record struct RandomStream(ulong Seed, uint Purpose, ulong Step);
