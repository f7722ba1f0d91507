using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Pellucid.Cli.Terminal;
using Pellucid.Constraints;
using Pellucid.Files;
using Pellucid.Tokens;

namespace Pellucid.Cli.Bench;

/// <summary>
/// Compiles every schema of a file and feeds its instances token by token: how long compiling takes and how long each mask, and whether
/// what is valid is admitted and what is not is refused. A schema passes if it compiles and is right about all of its instances.
/// </summary>
internal sealed class MasksBench
{
    private const int SchemasToWarmUp = 50;

    private readonly Tokenizer _tokenizer;
    private readonly TokenVocabulary _vocabulary;
    private readonly List<double> _masks = [], _compiles = [];
    private readonly SortedDictionary<string, int> _refused = [];
    private int _schemas, _passing, _validRefused, _invalidAdmitted;

    private MasksBench(Tokenizer tokenizer) => (_tokenizer, _vocabulary) = (tokenizer, new TokenVocabulary(tokenizer));

    public static int Run(ParseResult words, string data, string tokenizer)
    {
        var bench = new MasksBench(TokenizerPath.Load(tokenizer));
        bench.Measure(data, SchemasToWarmUp); // until its code is compiled
        bench.Clear();
        bench.Measure(data, int.MaxValue);
        return bench.Report(words);
    }

    private void Measure(string data, int most)
    {
        foreach (var (number, line) in PlainText.Lines(data).Take(most).Index())
            try
            {
                Measure(line);
            }
            catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                throw new InvalidDataException($"{data}, line {number + 1}: not an object with a schema and its tests, each of which has "
                    + $"data and valid: {Excerpt.Of(error)}", error);
            }
    }

    private void Clear()
    {
        _masks.Clear();
        _compiles.Clear();
        _refused.Clear();
        (_schemas, _passing, _validRefused, _invalidAdmitted) = (0, 0, 0, 0);
    }

    private void Measure(string line)
    {
        using var document = JsonDocument.Parse(line);
        var schema = document.RootElement.GetProperty("schema");
        _schemas++;
        var begun = Stopwatch.GetTimestamp();
        OutputConstraint constraint;
        try
        {
            constraint = OutputConstraint.JsonSchema(schema.GetRawText());
        }
        catch (ConstraintException error)
        {
            var why = error.Message.StartsWith('#') ? error.Message[(error.Message.Split(' ')[0].LastIndexOf('/') + 1)..] : error.Message;
            _refused[why] = _refused.GetValueOrDefault(why) + 1;
            return;
        }
        finally
        {
            _compiles.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        }
        var (validRefused, invalidAdmitted) = (0, 0);
        foreach (var test in document.RootElement.GetProperty("tests").EnumerateArray())
            if (Admits(constraint, SchemaOrder.Write(schema, test.GetProperty("data"))) is var admits
                && admits != test.GetProperty("valid").GetBoolean())
                (validRefused, invalidAdmitted) = admits ? (validRefused, invalidAdmitted + 1) : (validRefused + 1, invalidAdmitted);
        _passing += validRefused + invalidAdmitted == 0 ? 1 : 0;
        (_validRefused, _invalidAdmitted) = (_validRefused + validRefused, _invalidAdmitted + invalidAdmitted);
    }

    private bool Admits(OutputConstraint constraint, string text)
    {
        var written = constraint.Begin(_vocabulary);
        foreach (var token in _tokenizer.Encode(text))
        {
            var begun = Stopwatch.GetTimestamp();
            var mask = written.Mask();
            _masks.Add(Stopwatch.GetElapsedTime(begun).TotalMicroseconds);
            if ((mask[token >> 6] >> token & 1) == 0 || !written.Accept(token))
                return false;
        }
        return written.MayEnd;
    }

    private int Report(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        _masks.Sort();
        _compiles.Sort();
        var refused = _refused.Values.Sum();
        output.Line($"{_schemas} schemas, {_vocabulary.Size} tokens: {_passing} pass ({Units.Number(100.0 * _passing / _schemas, 1)} %), "
            + $"{refused} refused, {_validRefused} valid instances refused, {_invalidAdmitted} invalid ones admitted");
        output.Line($"a mask takes {Told(_masks)} microseconds, at the 99th percentile {Units.Number(Percentile99, 1)}; "
            + $"compiling {Told(_compiles)} milliseconds");
        foreach (var (why, count) in _refused)
            output.Line($"  {count} refused: {why}");
        output.Json(json =>
        {
            json.WriteNumber("schemas", _schemas);
            json.WriteNumber("passing", _passing);
            json.WriteStartObject("refused");
            foreach (var (why, count) in _refused)
                json.WriteNumber(why, count);
            json.WriteEndObject();
            json.WriteNumber("valid_refused", _validRefused);
            json.WriteNumber("invalid_admitted", _invalidAdmitted);
            Write(json, "mask_microseconds", _masks, Percentile99);
            Write(json, "compile_milliseconds", _compiles, null);
        });
        return PellucidCommand.Done;
    }

    private double Percentile99 => _masks.Count == 0 ? 0 : _masks[(int)(_masks.Count * 0.99)];

    private static string Told(List<double> sorted) => sorted.Count == 0 ? "-"
        : $"{Units.Number(sorted[sorted.Count / 2], 1)} in the median, "
        + $"{Units.Number(sorted.Average(), 1)} in the mean, {Units.Number(sorted[^1], 1)} at most";

    private static void Write(Utf8JsonWriter json, string name, List<double> sorted, double? percentile99)
    {
        json.WriteStartObject(name);
        json.WriteNumber("median", sorted.Count == 0 ? 0 : sorted[sorted.Count / 2]);
        json.WriteNumber("mean", sorted.Count == 0 ? 0 : sorted.Average());
        if (percentile99 is { } value)
            json.WriteNumber("p99", value);
        json.WriteNumber("max", sorted.Count == 0 ? 0 : sorted[^1]);
        json.WriteEndObject();
    }
}
