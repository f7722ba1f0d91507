namespace Pellucid.Looking.Checkpoints;

/// <summary>What heads are looked at for: what they do with random tokens that are repeated once.</summary>
public enum HeadScore
{
    /// <summary>Attention to the position before.</summary>
    PreviousToken,

    /// <summary>Attention to earlier places of the same token.</summary>
    DuplicateToken,

    /// <summary>Attention to what followed earlier places of the same token (Olsson et al. 2022).</summary>
    Induction,
}

/// <summary>What a model could do, and how its heads looked around, after so many steps of its training.</summary>
/// <param name="Step">Updates done.</param>
/// <param name="Heads">Every head on random tokens that are repeated once.</param>
/// <param name="Lens">What every layer says at the end of the text, and how far it is from the answer; none without a text.</param>
/// <param name="Accuracy">Share of sentences on which who is given something is told from who gives; NaN without sentences.</param>
/// <param name="LogitDifference">There, the logit of the right name less that of the other, mean; NaN without sentences.</param>
public sealed record CheckpointLook(int Step, IReadOnlyList<HeadSummary> Heads, IReadOnlyList<LensReading> Lens, double Accuracy,
    double LogitDifference)
{
    /// <summary>The head with the highest score.</summary>
    public HeadSummary Best(HeadScore score) => Heads.MaxBy(head => Of(head, score))!;

    /// <summary>The score of a head; 0 where no row has what is looked for.</summary>
    public static double Of(HeadSummary head, HeadScore score)
    {
        ArgumentNullException.ThrowIfNull(head);
        var value = score switch
        {
            HeadScore.PreviousToken => head.PreviousToken,
            HeadScore.DuplicateToken => head.DuplicateToken,
            _ => head.Induction,
        };
        return double.IsNaN(value) ? 0 : value;
    }
}
