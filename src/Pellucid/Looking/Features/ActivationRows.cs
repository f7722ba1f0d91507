using Pellucid.Models;

namespace Pellucid.Looking.Features;

/// <summary>Rows of the two activations that features read and should write, of as much of a model as comes before them.</summary>
internal sealed class ActivationRows : IDisposable
{
    private readonly ForwardPass _pass;
    private readonly Gpt _gpt;
    private readonly FeaturePlace _reads, _writes;

    public ActivationRows(Gpt gpt, FeaturePlace reads, FeaturePlace writes)
    {
        foreach (var place in (FeaturePlace[])[reads, writes])
            ActivationCache.RequirePlace(gpt.Config, place.Activation, place.Layer);
        (_gpt, _reads, _writes, _pass) = (gpt, reads, writes, new ForwardPass(gpt));
    }

    /// <summary>Columns of what is read, after the first rows.</summary>
    public int Width { get; private set; }

    /// <summary>Columns of what is written.</summary>
    public int OutputWidth { get; private set; }

    public FeatureBatch Of(Prompts prompts)
    {
        prompts.RequireFit(_gpt.Config);
        var taps = new Taps().Read(_reads.Activation, _reads.Layer).Read(_writes.Activation, _writes.Layer);
        _pass.Rows.Clear();
        prompts.AddTo(_pass.Rows);
        var run = _pass.NewRun(taps);
        run.LastLayer = Math.Max(_reads.Layer, _writes.Layer) + 1;
        _gpt.Forward(_pass.Rows, run);
        var (read, written) = (taps[_reads.Activation, _reads.Layer], taps[_writes.Activation, _writes.Layer]);
        (Width, OutputWidth) = (read.Columns, written.Columns);
        var rows = read.ToArray(_gpt.Backend);
        return new FeatureBatch(rows, _reads == _writes ? rows : written.ToArray(_gpt.Backend));
    }

    public void Dispose() => _pass.Dispose();
}
