using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Looking.Features;

/// <summary>A model with something in the place of the activation that features write.</summary>
/// <exception cref="ArgumentException">The features are of another model.</exception>
internal sealed class FeatureSplice(Gpt gpt, FeatureConfig config) : IDisposable
{
    private readonly ForwardPass _pass = new(RequirePlaces(gpt, config));
    private readonly Arena _arena = new(gpt.Backend);

    /// <summary>What features read and what they should write, (rows, width) each, and the loss of each row that has a target.</summary>
    public (float[] Read, float[] Target, double[] Losses) Record(Prompts prompts)
    {
        var taps = new Taps().Read(config.Reads.Activation, config.Reads.Layer).Read(config.Written.Activation, config.Written.Layer);
        var losses = Losses(prompts, taps);
        var read = Taken(taps, config.Reads, config.Width);
        return (read, config.Writes is { } writes ? Taken(taps, writes, config.OutputWidth) : read, losses);
    }

    /// <summary>What features read alone: no more of the model runs.</summary>
    public float[] Read(Prompts prompts)
    {
        var taps = new Taps().Read(config.Reads.Activation, config.Reads.Layer);
        var run = Begin(prompts, taps);
        run.LastLayer = config.Reads.Layer + 1;
        gpt.Forward(_pass.Rows, run);
        return Taken(taps, config.Reads, config.Width);
    }

    /// <summary>Losses with these rows in place; null: with zeros.</summary>
    public double[] With(Prompts prompts, float[]? rows)
    {
        var (activation, layer) = (config.Written.Activation, config.Written.Layer);
        if (rows is null)
            return Losses(prompts, new Taps().Edit(new TapEdit(activation, layer, EditOperation.Scale, Factor: 0)));
        _arena.Reset();
        var source = _arena.Allocate(new Shape(prompts.Rows, config.OutputWidth), gpt.Parameters.Type);
        gpt.Backend.Write(rows, source);
        return activation == Activation.ResidPost // nothing below matters any more
            ? Losses(prompts, null, run => (run.FirstLayer, run.Residual) = (layer + 1, source))
            : Losses(prompts, new Taps().Edit(new TapEdit(activation, layer, EditOperation.Replace, source)));
    }

    /// <summary>Rows that predict a token, in the order of their losses.</summary>
    public static IEnumerable<int> Predicting(Prompts prompts) =>
        from prompt in Enumerable.Range(0, prompts.Count)
        from position in Enumerable.Range(0, prompts[prompt].Length - 1)
        select prompts.RowOf(prompt, position);

    public void Dispose()
    {
        _pass.Dispose();
        _arena.Dispose();
    }

    private double[] Losses(Prompts prompts, Taps? taps, Action<GptRun>? change = null)
    {
        var run = Begin(prompts, taps);
        change?.Invoke(run);
        run.LogitRows = [.. Predicting(prompts)];
        int[] targets = [.. Enumerable.Range(0, prompts.Count).SelectMany(prompt => prompts[prompt][1..])];
        return Readout.Losses(gpt, gpt.Forward(_pass.Rows, run), targets, run);
    }

    private GptRun Begin(Prompts prompts, Taps? taps)
    {
        prompts.RequireFit(gpt.Config);
        _pass.Rows.Clear();
        prompts.AddTo(_pass.Rows);
        return _pass.NewRun(taps);
    }

    private float[] Taken(Taps taps, FeaturePlace place, int width)
    {
        var rows = taps[place.Activation, place.Layer];
        return rows.Columns == width ? rows.ToArray(gpt.Backend)
            : throw new ArgumentException($"features are of another model: their {place} has {width} numbers, this model's {rows.Columns}");
    }

    private static Gpt RequirePlaces(Gpt gpt, FeatureConfig config)
    {
        foreach (var place in (FeaturePlace[])[config.Reads, config.Written])
            ActivationCache.RequirePlace(gpt.Config, place.Activation, place.Layer);
        return gpt;
    }
}
