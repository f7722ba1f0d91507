using System.Text.Json;
using Pellucid.Training;

namespace Pellucid.Web.Explorer.Watching;

/// <summary>A run, training or tuning, as its folder tells it; of its log only what is new is read.</summary>
public sealed class WatchedRun(string name, string folder)
{
    public const string Loss = "loss", Evaluation = "eval", TrainLoss = "train_loss", ValidationLoss = "val_loss";

    private const string StepField = "step", TokensField = "tokens", SpeedField = "tokens_per_second";

    private readonly Dictionary<string, List<(int Step, double Value)>> _columns = [];
    private readonly List<(int Step, double Tokens, double Seconds)> _steps = [];
    private long _read; // bytes of the log, up to the end of a line
    private byte[] _lastLine = [];

    public string Name => name;

    public string Folder => folder;

    public RunStatus? Status { get; private set; }

    /// <summary>When its log was written to last, in UTC.</summary>
    public DateTime LastWritten { get; private set; }

    /// <summary>Why it cannot be read, or not all of it; null where it can.</summary>
    public string? Problem { get; private set; }

    public int LastStep => _steps.Count > 0 ? _steps[^1].Step : 0;

    public bool HasSteps => _steps.Count > 0;

    /// <summary>What it has logged, by the names that it has there.</summary>
    public IEnumerable<string> Columns => _columns.Keys;

    /// <summary>Whether it learns from rewards or preferences rather than texts.</summary>
    public bool IsTuning => _columns.ContainsKey(Loss);

    /// <summary>What was logged under a name, in order of steps.</summary>
    public IReadOnlyList<(int Step, double Value)> Column(string column) => _columns.GetValueOrDefault(column) ?? [];

    public double? Last(string column) => Column(column) is [.., var last] ? last.Value : null;

    /// <summary>Seconds that the slowest of the last steps took; none where it is not known.</summary>
    public double SlowestStep => _steps.TakeLast(20).Zip(_steps.TakeLast(20).Skip(1), (one, next) => next.Seconds - one.Seconds)
        .Where(double.IsFinite).DefaultIfEmpty().Max();

    /// <summary>Where a step stands: by itself, or the tokens or the seconds of training up to it; NaN where the log does not tell.
    /// </summary>
    internal double Place(Against against, int step)
    {
        if (against == Against.Step)
            return step;
        var (low, high) = (0, _steps.Count - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _steps[middle].Step < step ? (middle + 1, high) : (low, middle);
        }
        return _steps.Count == 0 ? double.NaN : against == Against.Tokens ? _steps[low].Tokens : _steps[low].Seconds;
    }

    /// <summary>Reads what has come since.</summary>
    public void Refresh()
    {
        try
        {
            var path = Path.Combine(folder, RunLog.FileName);
            (Problem, Status, LastWritten) = (null, RunStatus.Read(folder), File.GetLastWriteTimeUtc(path));
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (!GoesOn(stream))
                Forget();
            stream.Position = _read;
            var rest = new byte[stream.Length - _read];
            rest = rest[..stream.ReadAtLeast(rest, rest.Length, throwOnEndOfStream: false)];
            var start = 0;
            for (int end; (end = rest.AsSpan(start).IndexOf((byte)'\n')) >= 0; start += end + 1)
                Take(rest.AsSpan(start, end).ToArray());
            _read += start;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            Problem = error.Message;
        }
    }

    // A run that was resumed wrote its log anew, up to the step it was resumed after.
    private bool GoesOn(FileStream stream)
    {
        if (_read == 0 || stream.Length < _read)
            return _read == 0;
        var there = new byte[_lastLine.Length];
        stream.Position = _read - _lastLine.Length - 1;
        stream.ReadExactly(there);
        return there.AsSpan().SequenceEqual(_lastLine);
    }

    private void Forget()
    {
        _columns.Clear();
        _steps.Clear();
        (_read, _lastLine) = (0, []);
    }

    private void Take(byte[] line)
    {
        _lastLine = line;
        try
        {
            using var document = JsonDocument.Parse(line);
            var values = document.RootElement.EnumerateObject().Where(field => field.Value.ValueKind == JsonValueKind.Number)
                .ToDictionary(field => field.Name, field => field.Value.GetDouble());
            if (values.Remove(StepField, out var step))
                Take((int)step, values);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            Problem = $"{RunLog.FileName}: {error.Message}";
        }
    }

    private void Take(int step, Dictionary<string, double> values)
    {
        if (step <= LastStep && _steps.Count > 0) // it comes again
        {
            _steps.RemoveAll(one => one.Step >= step);
            foreach (var column in _columns.Values)
                column.RemoveAll(one => one.Step >= step);
        }
        if (step == 0)
            values.Remove(TrainLoss); // runs of before wrote the validation loss twice
        var before = _steps.Count > 0 ? _steps[^1] : (Step: 0, Tokens: 0, Seconds: 0);
        var tokens = values.Remove(TokensField, out var count) ? count : step == 0 ? 0 : double.NaN;
        var seconds = tokens == 0 ? 0 : values.GetValueOrDefault(SpeedField) is > 0 and var speed ? tokens / speed : double.NaN;
        _steps.Add((step, before.Tokens + tokens, before.Seconds + seconds));
        foreach (var (column, value) in values)
        {
            if (step == 0 && column != ValidationLoss && column != Evaluation)
                continue; // no update was made: it has no rate and no speed
            if (!_columns.TryGetValue(column, out var points))
                _columns.Add(column, points = []);
            points.Add((step, value));
        }
    }
}
