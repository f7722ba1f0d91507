using System.Runtime.InteropServices;
using Google.Protobuf;
using Onnx;
using DataType = Onnx.TensorProto.Types.DataType;

namespace Pellucid.Benchmarks.Onnx;

/// <summary>An ONNX graph that grows node by node. Everything that can be computed with is known by its name.</summary>
internal sealed class OnnxGraph
{
    private const int FileVersion = 9, OperatorSet = 20; // the first with the tanh form of GELU
    private const string OwnOperations = "com.microsoft";

    private readonly GraphProto _graph = new() { Name = "gpt2" };

    /// <summary>The file's bytes.</summary>
    public byte[] Write() => new ModelProto
    {
        IrVersion = FileVersion,
        Graph = _graph,
        OpsetImport = { new OperatorSetIdProto { Version = OperatorSet }, new OperatorSetIdProto { Domain = OwnOperations, Version = 1 } },
    }.ToByteArray();

    /// <summary>Whole numbers that every run is given.</summary>
    public string Input(string name, params long[] shape)
    {
        _graph.Input.Add(Value(name, DataType.Int64, shape));
        return name;
    }

    /// <summary>What every run returns.</summary>
    public void Output(string value, string name, params long[] shape)
    {
        _graph.Node.Add(new NodeProto { OpType = "Identity", Input = { value }, Output = { name } });
        _graph.Output.Add(Value(name, DataType.Float, shape));
    }

    /// <summary>An operation of one result.</summary>
    public string Node(string operation, string[] inputs, params AttributeProto[] attributes) => Nodes(operation, inputs, 1, attributes)[0];

    /// <summary>An operation of several results.</summary>
    public string[] Nodes(string operation, string[] inputs, int results, params AttributeProto[] attributes)
    {
        string[] names = [.. Enumerable.Range(0, results).Select(i => $"{operation}.{_graph.Node.Count}.{i}")];
        _graph.Node.Add(new NodeProto
        {
            OpType = operation, Domain = operation == "MultiHeadAttention" ? OwnOperations : "", Input = { inputs }, Output = { names },
            Attribute = { attributes }
        });
        return names;
    }

    public string Floats(ReadOnlySpan<float> values, params long[] shape) => Constant(DataType.Float, MemoryMarshal.AsBytes(values), shape);

    public string Bytes(ReadOnlySpan<sbyte> values, params long[] shape) => Constant(DataType.Int8, MemoryMarshal.AsBytes(values), shape);

    public string Integers(params ReadOnlySpan<long> values) => Constant(DataType.Int64, MemoryMarshal.AsBytes(values), values.Length);

    public string Integer(long value) => Constant(DataType.Int64, BitConverter.GetBytes(value));

    public static AttributeProto Number(string name, long value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };

    private string Constant(DataType type, ReadOnlySpan<byte> bytes, params long[] shape)
    {
        var name = $"constant.{_graph.Initializer.Count}";
        _graph.Initializer.Add(new TensorProto
        {
            Name = name, DataType = (int)type, Dims = { shape }, RawData = ByteString.CopyFrom(bytes)
        });
        return name;
    }

    private static ValueInfoProto Value(string name, DataType type, long[] shape) => new()
    {
        Name = name,
        Type = new TypeProto { TensorType = new() { ElemType = (int)type, Shape =
            new TensorShapeProto { Dim = { shape.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }) } } } },
    };
}
