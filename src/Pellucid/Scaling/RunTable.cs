using System.Globalization;
using System.Text.Json;
using Pellucid.Files;

namespace Pellucid.Scaling;

/// <summary>What columns of a table of runs are called; null for one to be guessed from its name.</summary>
/// <param name="Parameters">N.</param>
/// <param name="Tokens">D; found from the operations where it is not there.</param>
/// <param name="Flop">Operations, 6 N D.</param>
/// <param name="Loss">Nats a token.</param>
/// <param name="Model">What points of one model have in common; nothing is guessed.</param>
/// <param name="Budget">Operations that an experiment fixed; nothing is guessed.</param>
public sealed record RunColumns(string? Parameters = null, string? Tokens = null, string? Flop = null, string? Loss = null,
    string? Model = null, string? Budget = null)
{
    /// <summary>Names that a column may be given by.</summary>
    public static IReadOnlyList<string> Names { get; } = ["parameters", "tokens", "flop", "loss", "model", "budget"];

    /// <summary>Of words such as <c>parameters=Model Size</c>.</summary>
    /// <exception cref="ArgumentException">One is none of the names.</exception>
    public static RunColumns Parse(IEnumerable<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        var columns = new RunColumns();
        foreach (var word in words)
        {
            var (name, column) = word.IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? (word[..at], word[(at + 1)..])
                : (word, "");
            columns = column.Length == 0 ? throw new ArgumentException($"'{word}' is no name=column; names are {string.Join(", ", Names)}")
                : name switch
                {
                    "parameters" => columns with { Parameters = column },
                    "tokens" => columns with { Tokens = column },
                    "flop" => columns with { Flop = column },
                    "loss" => columns with { Loss = column },
                    "model" => columns with { Model = column },
                    "budget" => columns with { Budget = column },
                    _ => throw new ArgumentException($"there is no '{name}' to give a column to; there are {string.Join(", ", Names)}"),
                };
        }
        return columns;
    }
}

/// <summary>Tables of runs: CSV, or JSON by lines.</summary>
public static class RunTable
{
    private static readonly string[] SizeNames = ["parameters", "params", "n", "modelsize", "nparams", "paramsactiveprecise", "numparams"];
    private static readonly string[] TokenNames = ["tokens", "d", "ntokens", "trainingtokens", "numtokens"];
    private static readonly string[] FlopNames = ["flop", "flops", "c", "trainingflop", "trainingflops", "compute"];
    private static readonly string[] LossNames = ["loss", "finalloss", "valloss", "l", "validationloss"];

    /// <summary>Reads runs.</summary>
    /// <param name="path">A file that ends in .csv, .jsonl or .ndjson.</param>
    /// <param name="columns">What its columns are called.</param>
    /// <param name="only">Rows that have these values in these columns; all if empty.</param>
    /// <exception cref="InvalidDataException">A column is missing, or a value is no number above 0;
    /// the message names file and line.</exception>
    public static IReadOnlyList<ScalingRun> Read(string path, RunColumns columns, IReadOnlyList<(string Column, string Value)> only)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(only);
        var rows = Path.GetExtension(path).ToLowerInvariant() is ".jsonl" or ".ndjson" or ".json" ? Objects(path) : Table(path);
        var runs = new List<ScalingRun>();
        Finder? find = null;
        foreach (var row in rows)
        {
            find ??= new Finder(row, columns, only);
            if (only.All(wanted => string.Equals(row[wanted.Column], wanted.Value, StringComparison.OrdinalIgnoreCase)))
                runs.Add(find.Run(row));
        }
        return runs;
    }

    private sealed record Row(string Path, int Line, IReadOnlyDictionary<string, string> Fields)
    {
        public string this[string column] => Fields.GetValueOrDefault(column, "");

        public double Number(string column) =>
            double.TryParse(this[column], NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                && value > 0 && double.IsFinite(value)
                ? value : throw new InvalidDataException(
                    $"{Path}: line {Line} has '{Excerpt.Of(this[column])}' in column '{column}', which is no number above 0");
    }

    // The columns of a table, found once.
    private sealed class Finder
    {
        private readonly RunColumns _columns;
        private readonly string _size, _loss;
        private readonly string? _tokens, _flop;

        public Finder(Row first, RunColumns columns, IReadOnlyList<(string Column, string Value)> only)
        {
            foreach (var asked in only.Select(one => one.Column).Concat(new[] { columns.Model, columns.Budget }.OfType<string>()))
                Require(first, asked);
            _columns = columns;
            _size = Find(first, columns.Parameters, SizeNames) ?? throw Missing(first, "parameters");
            _loss = Find(first, columns.Loss, LossNames) ?? throw Missing(first, "loss");
            _tokens = Find(first, columns.Tokens, TokenNames);
            _flop = Find(first, columns.Flop, FlopNames);
            if (_tokens is null && _flop is null)
                throw Missing(first, "tokens", " or flop=COLUMN");
        }

        public ScalingRun Run(Row row)
        {
            var parameters = row.Number(_size);
            return new ScalingRun(parameters, _tokens is not null ? row.Number(_tokens) : row.Number(_flop!) / 6 / parameters,
                row.Number(_loss), _columns.Model is { } model ? row[model] : null,
                _columns.Budget is { } budget ? row.Number(budget) : null);
        }

        private static string? Find(Row row, string? told, string[] guesses)
        {
            if (told is not null)
                return Require(row, told);
            return row.Fields.Keys.FirstOrDefault(column => guesses.Contains(new string([.. column.Where(char.IsLetterOrDigit)
                .Select(char.ToLowerInvariant)])));
        }

        private static string Require(Row row, string column) => row.Fields.ContainsKey(column) ? column : throw new InvalidDataException(
            $"{row.Path}: line {row.Line} has no column '{column}'; it has {string.Join(", ", row.Fields.Keys)}");

        private static InvalidDataException Missing(Row row, string what, string or = "") =>
            new($"{row.Path}: no column looks like {what}; name it with --columns {what}=COLUMN{or} "
                + $"(there are {string.Join(", ", row.Fields.Keys)})");
    }

    private static IEnumerable<Row> Table(string path) => SeparatedValues.ReadTable(path, [])
        .Select(row => new Row(path, row.Line, row.Columns.ToDictionary(column => column.Key, column => row[column.Key])));

    private static IEnumerable<Row> Objects(string path)
    {
        var line = 0;
        foreach (var bytes in Lines.Of(path))
        {
            line++;
            if (bytes.Span.Trim((byte)' ').IsEmpty)
                continue;
            var fields = new Dictionary<string, string>();
            try
            {
                using var json = JsonDocument.Parse(bytes);
                foreach (var field in json.RootElement.EnumerateObject())
                    fields[field.Name] = field.Value.ToString();
            }
            catch (Exception error) when (error is JsonException or InvalidOperationException)
            {
                throw new InvalidDataException($"{path}: line {line} is no JSON object: {Excerpt.Of(error)}", error);
            }
            yield return new Row(path, line, fields);
        }
    }
}
