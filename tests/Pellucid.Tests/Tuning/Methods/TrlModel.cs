using System.Text.Json;
using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tensors;
using Pellucid.Tests.Tuning.Losses;
using Pellucid.Tuning;

namespace Pellucid.Tests.Tuning.Methods;

/// <summary>The models of a case of TRL: one that learns, as a whole or by an adapter, and one that it is compared with.</summary>
internal sealed class TrlModel : IDisposable
{
    private readonly List<IDisposable> _made = [];

    public TrlModel(JsonElement models, float temperature = 1, string? head = null)
    {
        Backend = Made(TestBackends.Create(TestBackends.WidestCpu));
        Gpt = Load(models.Text("model"));
        Adapter = Made(models.TryGetProperty("adapter", out var folder)
            ? AdapterFolder.Read(Path.GetDirectoryName(SharedData.Path(folder.GetString() + "/" + AdapterFolder.ConfigFile))!, Gpt)
            : Whole(Gpt, head));
        Step = Made(new TuningStep(Gpt, Adapter, temperature));
        if (models.TryGetProperty("reference", out var reference))
            Reference = Made(new TuningStep(Load(reference.GetString()!), Made(Whole(_last!, null)), temperature));
    }

    private Gpt? _last;

    public Backend Backend { get; }
    public Gpt Gpt { get; }
    public Adapter Adapter { get; }
    public TuningStep Step { get; }
    public TuningStep? Reference { get; }

    /// <summary>Fails where the norm of a gradient, or the sum of its elements, is not what TRL computed.</summary>
    public void AssertGradients(JsonElement expected, double ofAll)
    {
        var gradients = ByName(Gradient).ToDictionary(each => each.Name, each => each.Values);
        Assert.Equal(expected.EnumerateObject().Select(each => each.Name).Order(), gradients.Keys.Order());
        foreach (var each in expected.EnumerateObject())
        {
            var (norm, sum, values) = (each.Value[0].GetDouble(), each.Value[1].GetDouble(), gradients[each.Name]);
            var bound = 3e-5 * Math.Max(norm, ofAll / 1000);
            Assert.Equal(norm, Math.Sqrt(values.Sum(value => (double)value * value)), bound);
            Assert.Equal(sum, values.Sum(value => (double)value), bound * Math.Sqrt(values.Length));
        }
    }

    /// <summary>Fails where a weight is not what TRL had in the end of a run.</summary>
    public void AssertWeights(string path, string run, Func<string, double> boundOf)
    {
        using var file = new SafetensorsReader(SharedData.Path(path));
        var weights = ByName(Adapter.Read).ToArray();
        Assert.NotEmpty(weights);
        foreach (var (name, values) in weights)
        {
            var expected = file.ReadFloat32($"{run}/{name}");
            Assert.Equal(expected.Length, values.Length);
            var farthest = expected.Zip(values, (theirs, ours) => Math.Abs(theirs - ours)).Max();
            Assert.True(farthest <= boundOf(name), $"{name} {farthest}");
        }
    }

    public void Dispose()
    {
        for (var i = _made.Count - 1; i >= 0; i--)
            _made[i].Dispose();
    }

    // Numbers of parameters under the names of the model's own file, or of the adapter's.
    private IEnumerable<(string Name, float[] Values)> ByName(Func<int, float[]> read)
    {
        var copies = Adapter.Copies.ToDictionary(each => each.Copy, each => each.Original);
        for (var index = 0; index < Adapter.Parameters.Count; index++)
        {
            var values = read(index);
            if (!copies.TryGetValue(index, out var original))
            {
                yield return (index == Adapter.HeadIndex ? "score.weight" : Adapter.Parameters.NameOf(index), values);
                continue;
            }
            foreach (var piece in Gpt.Config.Family.Pieces(Gpt.Layout[original], Gpt.Config))
            {
                var stored = new float[piece.Stored.Count];
                (piece with { Added = 0 }).Give(values, Gpt.Layout[original].Shape.Columns, stored);
                yield return (Gpt.Config.Family.WrittenName(Gpt.Layout[original], piece.Name), stored);
            }
        }
    }

    private float[] Gradient(int index)
    {
        var values = new float[Adapter.ShapeOf(index).Count];
        Backend.Read(Adapter.Parameters.Gradient(Adapter.Parameters[index]), values);
        return values;
    }

    private Adapter Whole(Gpt gpt, string? head)
    {
        var whole = Adapter.Whole(gpt, hasHead: head is not null);
        whole.Initialize(1);
        if (head is not null)
        {
            using var file = new SafetensorsReader(SharedData.Path($"golden/trl/{head.Split(':')[0]}.safetensors"));
            whole.Parameters.Write(whole.HeadIndex!.Value, file.ReadFloat32(head.Split(':')[1]));
        }
        return whole;
    }

    // A model's folder, or a file of weights in the folder of a model of the same shape.
    private Gpt Load(string path)
    {
        path = path.Split(',')[0];
        if (!path.EndsWith(".safetensors", StringComparison.Ordinal))
            return _last = Made(Checkpoint.Load(Path.GetDirectoryName(SharedData.Path(path + "/config.json"))!, Backend));
        var (weights, folder) = (SharedData.Path(path), Made(new TemporaryFolder()));
        File.Copy(weights, folder.File(Checkpoint.WeightsFile));
        File.Copy(Path.Combine(Path.GetDirectoryName(weights)!, Checkpoint.ConfigFile), folder.File(Checkpoint.ConfigFile));
        return _last = Made(Checkpoint.Load(folder.Path, Backend));
    }

    private T Made<T>(T made) where T : IDisposable
    {
        _made.Add(made);
        return made;
    }
}
