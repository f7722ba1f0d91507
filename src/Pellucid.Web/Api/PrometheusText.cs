using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Pellucid.Web.Api;

/// <summary>
/// What is measured, as text that Prometheus reads (its exposition format 0.0.4): names with underscores and a unit, histograms with
/// cumulative buckets. Metrics are read when they are asked for.
/// </summary>
internal sealed class PrometheusText : BaseExporter<Metric>
{
    private const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly Lock _one = new();
    private readonly StringBuilder _text = new();
    private readonly BaseExportingMetricReader _reader;

    public PrometheusText() => _reader = new BaseExportingMetricReader(this);

    /// <summary>Where the metrics come from.</summary>
    public MetricReader Reader => _reader;

    /// <summary>Answers a request for them.</summary>
    public Task AnswerAsync(HttpContext context)
    {
        context.Response.ContentType = ContentType;
        return context.Response.WriteAsync(Collect(), context.RequestAborted);
    }

    /// <summary>All that is measured, at this moment.</summary>
    public string Collect()
    {
        lock (_one)
        {
            _text.Clear();
            _reader.Collect();
            return _text.ToString();
        }
    }

    public override ExportResult Export(in Batch<Metric> batch)
    {
        foreach (var metric in batch)
            Write(metric);
        return ExportResult.Success;
    }

    private void Write(Metric metric)
    {
        var counts = metric.MetricType is MetricType.LongSum or MetricType.DoubleSum;
        var name = Name(metric.Name) + Unit(metric.Unit) + (counts ? "_total" : "");
        if (metric.Description is { Length: > 0 } description)
            Line($"# HELP {name} {description.Replace("\\", "\\\\", StringComparison.Ordinal).ReplaceLineEndings("\\n")}");
        Line($"# TYPE {name} {(metric.MetricType == MetricType.Histogram ? "histogram" : counts ? "counter" : "gauge")}");
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            var labels = Labels(point);
            if (metric.MetricType == MetricType.Histogram)
                WriteHistogram(name, labels, point);
            else
                Line($"{name}{Braced(labels)} {Number(metric.MetricType switch
                {
                    MetricType.LongSum or MetricType.LongSumNonMonotonic => point.GetSumLong(),
                    MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => point.GetSumDouble(),
                    MetricType.LongGauge => point.GetGaugeLastValueLong(),
                    _ => point.GetGaugeLastValueDouble(),
                })}");
        }
    }

    private void WriteHistogram(string name, string labels, in MetricPoint point)
    {
        var sum = 0L;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            sum += bucket.BucketCount;
            var bound = double.IsPositiveInfinity(bucket.ExplicitBound) ? "+Inf" : Number(bucket.ExplicitBound);
            Line($"{name}_bucket{Braced(labels.Length > 0 ? $"{labels},le=\"{bound}\"" : $"le=\"{bound}\"")} {sum}");
        }
        Line($"{name}_sum{Braced(labels)} {Number(point.GetHistogramSum())}");
        Line($"{name}_count{Braced(labels)} {point.GetHistogramCount()}");
    }

    private static string Labels(in MetricPoint point)
    {
        var labels = new List<string>();
        foreach (var (name, value) in point.Tags)
        {
            var text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
            text = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
            labels.Add($"{Name(name)}=\"{text.ReplaceLineEndings("\\n")}\"");
        }
        return string.Join(',', labels);
    }

    // Units in braces say what is counted and are no part of a name.
    private static string Unit(string unit) => unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };

    private static string Name(string name) => string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));

    private static string Braced(string labels) => labels.Length > 0 ? $"{{{labels}}}" : "";

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private void Line(FormattableString line) => _text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
