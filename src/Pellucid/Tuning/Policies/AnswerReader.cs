using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Tuning.Policies;

/// <summary>What a model as it is holds of answers, its own or others'.</summary>
internal sealed class AnswerReader(Gpt gpt, float temperature = 1, int together = 8) : IDisposable
{
    private readonly TuningStep _step = new(gpt, null, temperature);
    private readonly AnswerBatch _batch = new(gpt.Backend);

    /// <summary>Log-probabilities of what is learned of each example, token by token.</summary>
    public double[][] LogProbabilities(IReadOnlyList<TuningExample> examples)
    {
        var all = new double[examples.Count][];
        for (var first = 0; first < all.Length; first += together)
        {
            _batch.Clear();
            for (var i = first; i < Math.Min(first + together, all.Length); i++)
                _batch.Add(examples[i]);
            _step.Read(_batch, null);
            for (var i = 0; i < _batch.Answers.Length; i++)
                all[first + i] = [.. Learned(_batch.Answers[i])];
        }
        return all;
    }

    /// <summary>Gives the memory back; the model stays.</summary>
    public void Dispose()
    {
        _batch.Dispose();
        _step.Dispose();
    }

    private List<double> Learned(RowRange rows)
    {
        var values = new List<double>();
        for (var row = rows.First; row <= rows.Last; row++)
            if (_batch.Targets[row] >= 0)
                values.Add(_step.LogProbabilities[row]);
        return values;
    }
}
