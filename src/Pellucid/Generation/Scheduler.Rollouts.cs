using Pellucid.Tensors;

namespace Pellucid.Generation;

public sealed partial class Scheduler
{
    // Tokens of texts that a model learns from come with the log-probabilities that training computes, by the same operation.
    private void TellRollouts()
    {
        if (!_running.Exists(text => text.Untold is not null))
            return;
        var (targets, values) = (new int[_wanted.Count], new float[_wanted.Count]);
        Array.Fill(targets, -1);
        foreach (var text in _running)
            if (text.Untold is { } token)
                targets[text.FirstLogitRow] = token;
        var shape = new Shape(targets.Length);
        var (wanted, logSumExp, result) = (_arena.Allocate(shape, ElementType.Int32), _arena.Allocate(shape, _stepLogits.Type),
            _arena.Allocate(shape, _stepLogits.Type));
        _gpt.Backend.Write(targets, wanted);
        _gpt.Backend.LogProbabilities(_stepLogits, wanted, logSumExp, result);
        _gpt.Backend.Read(result, values);
        foreach (var text in _running)
            if (text.Untold is not null)
                text.TellUntold(values[text.FirstLogitRow]);
    }
}
