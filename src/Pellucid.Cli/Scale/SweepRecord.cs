using System.Globalization;
using System.Text;
using Pellucid.Files;
using Pellucid.Models;
using Pellucid.Scaling;

namespace Pellucid.Cli.Scale;

/// <summary>
/// What a sweep keeps in its folder: <c>sweep.txt</c>, what is to be trained, and <c>runs.csv</c>, what has been, which
/// <c>scale fit</c> reads too. A rank beside the first has a table of its own.
/// </summary>
internal sealed class SweepRecord(string folder)
{
    private const string Heading = "parameters,tokens,loss,model,run,seconds";
    private const int ColumnsOfRun = 6;

    private string PlanPath => Path.Combine(folder, "sweep.txt");

    /// <summary>The lengths and what else was settled when the sweep began; null if none has.</summary>
    /// <param name="settled">What it was begun with; it goes on with nothing else.</param>
    /// <exception cref="ArgumentException">It was begun otherwise.</exception>
    public IReadOnlyList<double>? Begun(string settled)
    {
        if (!File.Exists(PlanPath))
            return null;
        var lines = File.ReadAllLines(PlanPath);
        if (lines.Length != 2)
            throw new InvalidDataException($"{PlanPath}: it does not say what the sweep was begun with");
        if (lines[0] != settled)
            throw new ArgumentException($"{folder}: the sweep was begun with {lines[0]}, not {settled}");
        return [.. lines[1].Split(' ').Select(word => double.TryParse(word, CultureInfo.InvariantCulture, out var length) ? length
            : throw new InvalidDataException($"{PlanPath}: {word} is no number of tokens"))];
    }

    /// <summary>Notes what a sweep begins with.</summary>
    public void Begin(string settled, IReadOnlyList<double> tokens)
    {
        Directory.CreateDirectory(folder);
        SafeFile.Write(PlanPath, stream => stream.Write(Encoding.UTF8.GetBytes(
            $"{settled}\n{string.Join(' ', tokens.Select(length => length.ToString("R", CultureInfo.InvariantCulture)))}\n")));
    }

    /// <summary>The losses of what has been trained, by the names of runs; a last line that a kill broke off does not count.</summary>
    public IReadOnlyDictionary<string, double> Done()
    {
        var losses = new Dictionary<string, double>();
        foreach (var path in Directory.Exists(folder) ? Directory.GetFiles(folder, "runs*.csv") : [])
            foreach (var line in File.ReadLines(path).Skip(1))
                if (line.Split(',') is { Length: ColumnsOfRun } cells
                    && double.TryParse(cells[2], CultureInfo.InvariantCulture, out var loss))
                    losses[cells[4]] = loss;
        return losses;
    }

    /// <summary>Adds a training that has ended.</summary>
    public void Add(int rank, SweepRun run, double loss, double seconds)
    {
        var path = Path.Combine(folder, rank == 0 ? "runs.csv" : $"runs.{rank}.csv");
        var before = File.Exists(path) ? File.ReadAllLines(path).Where(line => line.Split(',').Length == ColumnsOfRun) : [Heading];
        SafeFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(string.Concat(before.Append(string.Create(
            CultureInfo.InvariantCulture, $"{run.Parameters},{run.Tokens},{loss:R},{run.Shape.Width},{run.Name},{seconds:0.###}"))
            .Select(line => line + "\n")))));
    }
}
