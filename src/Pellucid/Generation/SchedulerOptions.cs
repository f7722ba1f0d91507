namespace Pellucid.Generation;

/// <summary>How much a scheduler takes on at once.</summary>
public sealed record SchedulerOptions
{
    /// <summary>Texts that are written at once; each has memory for the keys and values of a whole context.</summary>
    public int MostRunning { get; init; } = 64;

    /// <summary>Texts that may wait for their turn.</summary>
    public int MostWaiting { get; init; } = 256;

    /// <summary>Tokens of prompts read in one step, beside one token of every text that is being written.</summary>
    public int PromptTokensAStep { get; init; } = 128;
}
