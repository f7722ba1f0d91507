using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Looking.Features;

/// <summary>A model with something in the place of the activation that features write.</summary>
internal sealed class FeatureSplice(Gpt gpt, FeatureConfig config) : IDisposable
{
    private readonly ForwardPass _pass = new(gpt);
    private readonly Arena _arena = new(gpt.Backend);

    /// <summary>What features read and what they should write, (rows, width) each, and the loss of each row that has a target.</summary>
    public (float[] Read, float[] Target, double[] Losses) Record(Prompts prompts)
    {
        var taps = new Taps().Read(config.Reads.Activation, config.Reads.Layer).Read(config.Written.Activation, config.Written.Layer);
        var losses = Losses(prompts, taps);
        var read = Taken(taps, config.Reads);
        return (read, config.Writes is null ? read : Taken(taps, config.Written), losses);
    }

    /// <summary>What features read alone: no more of the model runs.</summary>
    public float[] Read(Prompts prompts)
    {
        var taps = new Taps().Read(config.Reads.Activation, config.Reads.Layer);
        var run = Begin(prompts, taps);
        run.LastLayer = config.Reads.Layer + 1;
        gpt.Forward(_pass.Rows, run);
        return Taken(taps, config.Reads);
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

    private float[] Taken(Taps taps, FeaturePlace place) => taps[place.Activation, place.Layer].ToArray(gpt.Backend);
}
