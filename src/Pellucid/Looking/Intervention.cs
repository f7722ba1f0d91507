using System.Globalization;
using Pellucid.Models;

namespace Pellucid.Looking;

/// <summary>What is done to a piece of a model while it reads a text.</summary>
public enum InterventionKind
{
    /// <summary>Switched off: <c>1.3=0</c>.</summary>
    Zero,

    /// <summary>Held at its mean over the text: <c>1.3=mean</c>.</summary>
    Mean,

    /// <summary>Multiplied: <c>1.3*0.5</c>. Of a feature, what it writes wherever it fires: <c>r1*0[95]</c> takes it away.</summary>
    Scale,

    /// <summary>What it was on a second text, position by position: <c>1.3=source</c>.</summary>
    Source,

    /// <summary>
    /// Steered (Turner et al. 2023): the factor times what it is at the end of one text less what it is at the end of another
    /// is added: <c>r2+4( love| hate)</c>. Of several texts, one a line, it is the mean: so a set of texts is gone towards, and a set
    /// away from (Rimsky et al. 2024). With nothing to go away from, and a feed-forward layer, it is the relation vector of
    /// Merullo et al. (2023): <c>m19+1(Poland Warsaw|)</c>. Of a feature, what it writes at an activation of the factor is added, whether
    /// it fires or not: <c>r1+4[95]</c>.
    /// </summary>
    Steer,
}

/// <summary>One change of a model's inside, as data that can be written in a word and read again.</summary>
/// <param name="Place">What is changed, at all positions or at one.</param>
/// <param name="Kind">How.</param>
/// <param name="Factor">For scaling and steering.</param>
/// <param name="Toward">For steering: the text whose end is gone towards; of several, one a line, the mean of their ends.</param>
/// <param name="Away">For steering: the text or texts whose end is gone away from; nothing if empty.</param>
public sealed record Intervention(Component Place, InterventionKind Kind, double Factor = 1, string Toward = "", string Away = "")
{
    /// <summary>For scaling and steering by one feature, of those that write what is changed: its number; else null.</summary>
    public int? Feature { get; init; }

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    /// <exception cref="ArgumentException">It is no change; the message shows how one is written.</exception>
    public static Intervention Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var sign = text.IndexOfAny(['=', '*', '+']);
        var (place, what) = sign < 0 ? (text, "") : (text[..sign], text[(sign + 1)..]);
        return (sign < 0 ? ' ' : text[sign], what) switch
        {
            ('=', "0") => new(Component.Parse(place), InterventionKind.Zero),
            ('=', "mean") => new(Component.Parse(place), InterventionKind.Mean),
            ('=', "source") => new(Component.Parse(place), InterventionKind.Source),
            ('*' or '+', _) when what.Split('[', ']') is [var factor, var feature, ""]
                && int.TryParse(feature, NumberStyles.None, CultureInfo.InvariantCulture, out var number) =>
                new(Component.Parse(place), text[sign] == '*' ? InterventionKind.Scale : InterventionKind.Steer, Number(factor, text))
                { Feature = number },
            ('*', _) => new(Component.Parse(place), InterventionKind.Scale, Number(what, text)),
            ('+', _) when what.IndexOf('(', StringComparison.Ordinal) is >= 0 and var open
                && what.IndexOf('|', open) is >= 0 and var bar && what[^1] == ')' =>
                new(Component.Parse(place), InterventionKind.Steer, Number(what[..open], text), what[(open + 1)..bar], what[(bar + 1)..^1]),
            _ => throw Wrong(text),
        };
    }

    /// <summary>Such as <c>1.3=0</c>, <c>m2=mean</c>, <c>a1*0.5</c>, <c>1.2@4=source</c>, <c>r2+4( love| hate)</c>,
    /// <c>r1*0[95]</c>.</summary>
    public override string ToString() => Place.Notation + Kind switch
    {
        InterventionKind.Zero => "=0",
        InterventionKind.Mean => "=mean",
        InterventionKind.Source => "=source",
        _ when Feature is { } feature => $"{(Kind == InterventionKind.Scale ? '*' : '+')}{Factor.ToString(CultureInfo.InvariantCulture)}"
            + $"[{feature}]",
        InterventionKind.Scale => $"*{Factor.ToString(CultureInfo.InvariantCulture)}",
        _ => $"+{Factor.ToString(CultureInfo.InvariantCulture)}({Toward}|{Away})",
    };

    /// <summary>Refuses what the model does not have.</summary>
    /// <exception cref="ArgumentException">One line says what there is.</exception>
    public void RequireFit(GptConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        ActivationCache.RequirePlace(config, Place.Activation, Place.Layer, Place.Head);
        if (Place.Neuron >= config.FeedForwardWidth)
            throw new ArgumentException($"the model has neurons 0 to {config.FeedForwardWidth - 1} in a layer, not {Place.Neuron}");
        if (Kind == InterventionKind.Steer && Feature is null && Toward.Trim('\n').Length == 0)
            throw new ArgumentException("steering needs a text to go towards");
    }

    private static double Number(string text, string whole) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number
            : throw Wrong(whole);

    private static ArgumentException Wrong(string text) =>
        new($"'{text}' is no change; write 1.3=0, m2=mean, a1*0.5, n3.17@4=source, r2+4( love| hate), or r1+4[95] for a "
            + "feature");
}
