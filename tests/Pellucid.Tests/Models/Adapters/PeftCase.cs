using System.Text.Json;
using Pellucid.Models;
using Pellucid.Models.Adapters;
using Pellucid.Tensors;
using Pellucid.Tests.Tuning.Losses;

namespace Pellucid.Tests.Models.Adapters;

/// <summary>A tiny model with an adapter, and what PEFT computed with the two.</summary>
internal sealed class PeftCase : IDisposable
{
    private readonly Backend _backend;
    private readonly Arena _arena;
    private readonly Tape _tape;
    private readonly TokenRows _rows;
    private readonly int[] _targets;
    private readonly string _folder;

    public PeftCase(string backend, string name)
    {
        _folder = Path.GetDirectoryName(SharedData.Path($"golden/peft/{name}/case.json"))!;
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "case.json")));
        Json = document.RootElement.Clone();
        _backend = TestBackends.Create(backend);
        (_arena, _tape, _rows) = (new Arena(_backend), new Tape(_backend), new TokenRows(_backend));
        Gpt = Checkpoint.Load(Path.GetDirectoryName(SharedData.Path(Json.Text("model") + "/config.json"))!, _backend);
        Gpt.Parameters.Freeze();
        Adapter = AdapterFolder.Read(Path.Combine(_folder, "adapter"), Gpt);
        var sequences = Json.IntegerRows("input_ids");
        foreach (var sequence in sequences)
            _rows.Add(sequence);
        _targets = [.. sequences.SelectMany(sequence => sequence[1..].Append(-1))];
    }

    public JsonElement Json { get; }
    public Gpt Gpt { get; }
    public Adapter Adapter { get; }

    public float[] Logits(Gpt gpt, Adapter? adapter)
    {
        var run = NewRun(null, adapter);
        return ToArray(gpt.Logits(gpt.Forward(_rows, run), run));
    }

    /// <summary>Mean loss of all targets, with gradients.</summary>
    public double Step()
    {
        var run = NewRun(_tape, Adapter);
        Adapter.Parameters.ClearGradients();
        var targets = _arena.Allocate(new Shape(_targets.Length), ElementType.Int32);
        _backend.Write(_targets, targets);
        var count = _targets.Count(target => target >= 0);
        var logProbabilities = Gpt.Loss(Gpt.Forward(_rows, run), targets, 1f / count, run);
        _tape.Backward();
        return -ToArray(logProbabilities).Sum(value => (double)value) / count;
    }

    public void Update(AdamWStep step)
    {
        Adapter.Parameters.Update(step, 1, static _ => true);
        Adapter.Refresh();
    }

    public SafetensorsReader Open(string file) => new(Path.Combine(_folder, file));

    public string PathOf(string file) => Path.Combine(_folder, file);

    public float[] ToArray(Tensor tensor)
    {
        var values = new float[tensor.Count];
        _backend.Read(tensor, values);
        return values;
    }

    public void Dispose()
    {
        Adapter.Dispose();
        Gpt.Dispose();
        _rows.Dispose();
        _tape.Dispose();
        _arena.Dispose();
        _backend.Dispose();
    }

    private GptRun NewRun(Tape? tape, Adapter? adapter)
    {
        _arena.Reset();
        tape?.Clear();
        return new GptRun(new Operations(_backend, _arena, tape)) { Adapter = adapter };
    }
}
