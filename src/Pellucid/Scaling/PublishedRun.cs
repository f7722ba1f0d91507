namespace Pellucid.Scaling;

/// <summary>A training that its makers told of.</summary>
/// <param name="Name">The model.</param>
/// <param name="Parameters">N; of experts those that a token meets.</param>
/// <param name="Tokens">D.</param>
/// <param name="Chips">How many; 0 where only hours times chips are told.</param>
/// <param name="Chip">Which.</param>
/// <param name="Tflops">10¹² operations a second that each did.</param>
/// <param name="FlopFactor">6, or 8 where they counted what was recomputed.</param>
/// <param name="ChipHours">As published: of computing, or by the calendar where <paramref name="IsCalendar"/>.</param>
/// <param name="Rate">Where the rate comes from: published apart from the duration, derived from it, or assumed.</param>
/// <param name="Source">Who said so.</param>
/// <param name="IsCalendar">Whether the hours count restarts, pauses and slower stages.</param>
public sealed record PublishedRun(string Name, double Parameters, double Tokens, int Chips, string Chip, double Tflops, int FlopFactor,
    double ChipHours, string Rate, string Source, bool IsCalendar = false)
{
    private const string Stated = "published", Derived = "from the hours", Assumed = "assumed";

    /// <summary>The plan by the rule of thumb.</summary>
    public TrainingPlan Plan => new(Parameters, Tokens, 6 * Parameters * Tokens, FlopFactor * Parameters * Tokens,
        new TrainingCluster(Math.Max(1, Chips), Tflops));

    /// <summary>Planned over published: of a calendar its goodput.</summary>
    public double Ratio => Plan.ChipHours / ChipHours;

    /// <summary>Runs whose shape, data, machines, rate and duration are public.</summary>
    public static IReadOnlyList<PublishedRun> All { get; } =
    [
        new("GPT-3 175B", 174.6e9, 300e9, 10_000, "V100", 24.6, 6, 3_552_000, Derived, "Brown et al. 2020; Epoch AI"),
        new("GPT-3 175B, Megatron's estimate", 175e9, 300e9, 1_024, "A100", 140, 8, 34 * 24 * 1_024, Stated, "Narayanan et al. 2021"),
        new("GPT 1T, Megatron's estimate", 1e12, 450e9, 3_072, "A100", 163, 8, 84 * 24 * 3_072, Stated, "Narayanan et al. 2021"),
        new("OPT 175B", 175e9, 300e9, 992, "A100", 147, 8, 33 * 24 * 992, Stated, "Zhang et al. 2022; metaseq's logbook"),
        new("BLOOM 176B", 176.2e9, 366e9, 384, "A100", 150.05, 8, 117 * 24 * 384, Stated, "BigScience's chronicles", true),
        new("LLaMA 65B", 65.2e9, 1.4e12, 2_048, "A100", 6 * 65.2e9 * 380 / 1e12, 6, 1_022_362, Stated, "Touvron et al. 2023a"),
        new("Llama 2 7B", 6.74e9, 2e12, 0, "A100", 0.4 * 312, 6, 184_320, Assumed, "Touvron et al. 2023b"),
        new("Llama 2 13B", 13.0e9, 2e12, 0, "A100", 0.4 * 312, 6, 368_640, Assumed, "Touvron et al. 2023b"),
        new("Llama 2 70B", 69e9, 2e12, 0, "A100", 0.4 * 312, 6, 1_720_320, Assumed, "Touvron et al. 2023b"),
        new("Gopher 280B", 280e9, 300e9, 4_096, "TPUv3", 0.378 * 123, 6, 3_768_320, Derived, "Rae et al. 2021; Epoch AI"),
        new("PaLM 540B", 540.35e9, 780e9, 6_144, "TPUv4", 0.462 * 275, 6, 8_404_992, Stated, "Chowdhery et al. 2022", true),
        new("BloombergGPT 50B", 50.6e9, 569e9, 512, "A100", 102, 8, 651_264, Stated, "Wu et al. 2023", true),
        new("GLM 130B", 130e9, 400e9, 768, "A100", 0.325 * 312, 6, 1_105_920, Stated, "Zeng et al. 2022", true),
        new("Llama 3.1 405B", 405e9, 15.6e12, 16_384, "H100", 0.4 * 989, 6, 30_840_000, Stated, "Dubey et al. 2024", true),
        new("GPT-NeoX 20B", 20.55e9, 472e9, 96, "A100", 117, 8, 1_830 * 96, Stated, "Black et al. 2022"),
        new("DeepSeek V3, 37B active", 37e9, 14.8e12, 2_048, "H800", 0.346 * 989, 6, 2_664_000, Derived, "DeepSeek-AI 2024"),
        new("GPT-2 1.5B, llm.c", 1.558e9, 33.6e9, 8, "H100", 454, 6, 192, Derived, "llm.c"),
        new("GPT-2 124M, llm.c", 124.4e6, 10e9, 8, "A100", 0.55 * 312, 6, 12, Derived, "llm.c"),
    ];
}
